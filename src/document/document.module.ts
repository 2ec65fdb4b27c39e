import { Module } from '@nestjs/common';
import { GatewayModule } from '../gateway/gateway.module.js';
import { DocumentController } from './document.controller.js';
import { HttpDocument } from './http-document.js';

@Module({ imports: [GatewayModule], controllers: [DocumentController], providers: [HttpDocument] })
export class DocumentModule {}
