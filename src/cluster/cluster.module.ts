import { Module } from '@nestjs/common';
import { ExecutionRegister } from './execution/execution-register.js';
import { LogPump } from './log/log-pump.js';
import { LogReader } from './log/log-reader.js';
import { RemoteLogs } from './log/remote-logs.js';
import { ClusterNode } from './node/cluster-node.js';
import { NodeCalls } from './node/node-calls.js';
import { NodeWatch } from './node/node-watch.js';
import { SessionRegister } from './session/session-register.js';
import { StartRegister } from './start/start-register.js';

const PARTS = [
  ClusterNode,
  NodeCalls,
  NodeWatch,
  LogPump,
  LogReader,
  RemoteLogs,
  ExecutionRegister,
  SessionRegister,
  StartRegister,
];

@Module({ providers: PARTS, exports: PARTS })
export class ClusterModule {}
