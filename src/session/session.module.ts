import { Module } from '@nestjs/common';
import { ProcessModule } from '../process/process.module.js';
import { SessionService } from './session.service.js';

@Module({ imports: [ProcessModule], providers: [SessionService], exports: [SessionService] })
export class SessionModule {}
