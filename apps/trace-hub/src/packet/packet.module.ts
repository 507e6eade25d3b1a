import { Module } from '@nestjs/common';
import { QueryModule } from '../query/query.module.js';
import { PacketController } from './packet.controller.js';
import { PacketService } from './packet.service.js';

@Module({ imports: [QueryModule], controllers: [PacketController], providers: [PacketService] })
export class PacketModule {}
