import { Module } from '@nestjs/common';
import { StreamService } from './stream.service.js';

@Module({ providers: [StreamService], exports: [StreamService] })
export class StreamModule {}
