import { Module } from '@nestjs/common';
import { ExecutionRegister } from './execution/execution-register.js';
import { LogPump } from './log/log-pump.js';
import { LogReader } from './log/log-reader.js';
import { ClusterNode } from './node/cluster-node.js';
import { NodeCalls } from './node/node-calls.js';

const PARTS = [ClusterNode, NodeCalls, LogPump, LogReader, ExecutionRegister];

@Module({ providers: PARTS, exports: PARTS })
export class ClusterModule {}
