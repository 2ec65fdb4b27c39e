import { Module } from '@nestjs/common';
import { Rates } from '../rates.js';

@Module({ providers: [Rates], exports: [Rates] })
export class RateModule {}
