import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Occurrences } from '#app-kit';
import { type DecodedBatch } from '#wire';
import { geoRecordDamaged } from '../occurrences.js';
import { HubParts } from '../parts.js';
import { DatabaseFile } from './database-file.js';
import { asnField, countryField, type GeoField } from './fields.js';
import { GeoLookup } from './lookup.js';

/** A configured database, as /metrics shows it. */
export interface GeoState {
  readonly database: 'city' | 'asn';
  /** When the data in use were built, in seconds since 1970; 0 = there are none */
  readonly built_s: number;
  /** Whether the file as it is now is in use */
  readonly current: boolean;
}

/** Adds country and AS to rows, where databases are configured. */
@Injectable()
export class GeoService implements OnModuleInit, OnModuleDestroy {
  readonly #country: DatabaseFile<string> | undefined;
  readonly #asn: DatabaseFile<number> | undefined;
  readonly #occurrences: Occurrences;
  #lookup: GeoLookup | undefined;

  constructor(private readonly parts: HubParts) {
    const { geoipCity, geoipAsn } = parts.config;
    this.#occurrences = new Occurrences(parts.log, parts.counters);
    this.#country = this.#file(countryField, geoipCity);
    this.#asn = this.#file(asnField, geoipAsn);
  }

  /** Batches come after it, so that the first ones have their columns. */
  async onModuleInit(): Promise<void> {
    await Promise.all(this.#files.map((file) => file.start()));
  }

  onModuleDestroy(): void {
    for (const file of this.#files) file.stop();
    this.#occurrences.flush();
  }

  /** @returns the same rows with what is known of their addresses; the same batch where no database is in use */
  enrich(batch: DecodedBatch): DecodedBatch {
    return this.#lookup?.enrich(batch) ?? batch;
  }

  get states(): GeoState[] {
    return this.#files.map(({ name, database, problem }) => ({
      database: name,
      built_s: (database?.metadata.built.getTime() || 0) / 1000,
      current: problem === undefined,
    }));
  }

  get #files(): (DatabaseFile<string> | DatabaseFile<number>)[] {
    return [this.#country, this.#asn].filter((file) => file !== undefined);
  }

  #file<V>(field: GeoField<V>, path: string): DatabaseFile<V> | undefined {
    if (path === '') return undefined;
    const { config, log, counters } = this.parts;
    const onChange = (): void => this.#renew();
    return new DatabaseFile(field, {
      path,
      interval_ms: config.geoipCheckIntervalMs,
      log,
      counters,
      onChange,
    });
  }

  #renew(): void {
    const databases = { country: this.#country?.database, asn: this.#asn?.database };
    this.#lookup = new GeoLookup(databases, (error) => {
      this.#occurrences.tell(geoRecordDamaged, { reason: String(error) });
    });
  }
}
