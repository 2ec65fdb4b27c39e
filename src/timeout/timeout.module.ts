import { Module } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { RedisModule } from '../redis/redis.module.js';
import { RedisService } from '../redis/redis.service.js';
import { ResourceModule } from '../resource/resource.module.js';
import { Classifier } from './classification/classifier.js';
import { EmbeddedHistoryStore } from './history/embedded-history.store.js';
import { History } from './history/history.js';
import { RedisHistoryStore } from './history/redis-history.store.js';
import { TimeoutService } from './timeout.service.js';

/** What all services learned together goes before what this one did alone. */
function historyOf(redis: RedisService, shared: RedisHistoryStore, own: EmbeddedHistoryStore): History {
  if (!redis.isConfigured) return new History([own]);
  const history = new History([shared, own]);
  redis.onUp(() => void history.catchUp(shared));
  return history;
}

@Module({
  imports: [RedisModule, ResourceModule],
  providers: [
    EmbeddedHistoryStore,
    RedisHistoryStore,
    { provide: History, useFactory: historyOf, inject: [RedisService, RedisHistoryStore, EmbeddedHistoryStore] },
    {
      provide: Classifier,
      useFactory: (config: AppConfig) => new Classifier(config.classification),
      inject: [AppConfig],
    },
    TimeoutService,
  ],
  exports: [TimeoutService],
})
export class TimeoutModule {}
