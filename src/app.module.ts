import { Module } from '@nestjs/common';
import { ClusterModule } from './cluster/cluster.module.js';
import { ConfigModule } from './config/config.module.js';
import { DocumentModule } from './document/document.module.js';
import { GatewayModule } from './gateway/gateway.module.js';
import { HookModule } from './hook/hook.module.js';
import { HealthModule } from './health/health.module.js';
import { ProcessModule } from './process/process.module.js';
import { SessionModule } from './session/session.module.js';
import { RedisModule } from './redis/redis.module.js';
import { ResourceModule } from './resource/resource.module.js';
import { RateModule } from './policy/rate/rate.module.js';
import { StreamModule } from './stream/stream.module.js';
import { TelemetryModule } from './telemetry/telemetry.module.js';
import { TimeoutModule } from './timeout/timeout.module.js';

/** The rooms, in the order in which a frame visits them. */
@Module({
  imports: [
    ConfigModule.forEnvironment(),
    GatewayModule,
    SessionModule,
    ClusterModule,
    HookModule,
    RateModule,
    ProcessModule,
    StreamModule,
    TimeoutModule,
    ResourceModule,
    RedisModule,
    HealthModule,
    TelemetryModule,
    DocumentModule,
  ],
})
export class AppModule {}
