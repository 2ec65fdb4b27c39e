import { Adoption } from './adoption.js';
import { CallDesk } from './call-desk.js';
import { ClusterCalls } from './cluster-calls.js';
import { ClusterResume } from './cluster-resume.js';
import { GuestCalls } from './guest-calls.js';
import { GuestDesk } from './guest-desk.js';
import { RemoteLinks } from './remote-links.js';
import { RemoteReadings } from './remote-readings.js';
import { RemoteSessions } from './remote-sessions.js';
import { Replication } from './replication.js';
import { SessionDesk } from './session-desk.js';
import { SessionRecords } from './session-records.js';
import { StartKeys } from './start-keys.js';

/** What serves clients whose sessions and executions are with another service, and the others' here. */
export const CLUSTER_PROVIDERS = [
  Adoption,
  CallDesk,
  ClusterCalls,
  ClusterResume,
  GuestCalls,
  GuestDesk,
  RemoteLinks,
  RemoteReadings,
  RemoteSessions,
  Replication,
  SessionDesk,
  SessionRecords,
  StartKeys,
];
