import { Injectable } from '@nestjs/common';
import { type AlertTransition } from '#alerts';

/** Which alerts people have silenced. */
@Injectable()
export class Silences {
  /** @returns whether a silence is in force for that alert */
  silences(_alert: AlertTransition): boolean {
    return false;
  }
}
