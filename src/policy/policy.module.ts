import { Module } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { CommandPolicy } from './command/command-policy.js';
import { openCommandPolicy } from './command/open-command-policy.js';

@Module({
  providers: [
    {
      provide: CommandPolicy,
      inject: [AppConfig],
      useFactory: (config: AppConfig) => openCommandPolicy(config.policy),
    },
  ],
  exports: [CommandPolicy],
})
export class PolicyModule {}
