import { Module } from '@nestjs/common';
import { ResourceService } from './resource.service.js';

@Module({ providers: [ResourceService], exports: [ResourceService] })
export class ResourceModule {}
