import { Module } from '@nestjs/common';
import { RollupRepository } from './rollup.repository.js';
import { RollupService } from './rollup.service.js';

@Module({ providers: [RollupService, RollupRepository], exports: [RollupRepository] })
export class RollupModule {}
