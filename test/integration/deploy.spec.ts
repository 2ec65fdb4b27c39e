import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { load, loadAll } from 'js-yaml';
import { validate as deployment } from 'kubernetes-models/_schemas/IoK8sApiAppsV1Deployment';
import { validate as autoscaler } from 'kubernetes-models/_schemas/IoK8sApiAutoscalingV2HorizontalPodAutoscaler';
import { validate as namespace } from 'kubernetes-models/_schemas/IoK8sApiCoreV1Namespace';
import { validate as service } from 'kubernetes-models/_schemas/IoK8sApiCoreV1Service';
import { validate as networkPolicy } from 'kubernetes-models/_schemas/IoK8sApiNetworkingV1NetworkPolicy';
import { validate as disruptionBudget } from 'kubernetes-models/_schemas/IoK8sApiPolicyV1PodDisruptionBudget';
import { built } from '../support/built.js';

const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));
const { loadConfig } = await built<typeof import('../../src/config/load-config.js')>('config/load-config.js');
const { Environment } = await built<typeof import('../../src/config/environment.js')>('config/environment.js');

/** What each resource is held to: the API's own schema. */
const SCHEMAS = new Map([
  ['apps/v1 Deployment', deployment],
  ['autoscaling/v2 HorizontalPodAutoscaler', autoscaler],
  ['networking.k8s.io/v1 NetworkPolicy', networkPolicy],
  ['policy/v1 PodDisruptionBudget', disruptionBudget],
  ['v1 Namespace', namespace],
  ['v1 Service', service],
]);
const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;

function text(path: string): string {
  return readFileSync(join(DEPLOY, path), 'utf8');
}

/** Paths of what was not looked at while `look` ran. */
function unread(value: object, look: (watched: object) => void): string[] {
  const seen = new Set<string>();
  const watch = (target: object, path: string): object =>
    new Proxy(target, {
      get: (_, key) => {
        const found: unknown = Reflect.get(target, key);
        if (typeof key === 'symbol') return found;
        seen.add(`${path}/${key}`);
        return typeof found === 'object' && found !== null ? watch(found, `${path}/${key}`) : found;
      },
    });
  look(watch(value, ''));
  return paths(value, '').filter((path) => !seen.has(path));
}

function paths(value: object, path: string): string[] {
  return Object.entries(value).flatMap(([key, part]: [string, unknown]) => [
    `${path}/${key}`,
    ...(typeof part === 'object' && part !== null ? paths(part, `${path}/${key}`) : []),
  ]);
}

/** @throws Error that names what the API would refuse, a field it does not know included */
function check(resource: any): void {
  const validate = SCHEMAS.get(`${String(resource.apiVersion)} ${String(resource.kind)}`);
  if (validate === undefined) throw new Error(`${String(resource.apiVersion)} ${String(resource.kind)} has no schema`);
  const unknown = unread(resource, (watched) => {
    if (!validate(watched)) throw new Error(JSON.stringify((validate as { errors?: unknown }).errors));
  });
  if (unknown.length > 0) throw new Error(`unknown fields: ${unknown.join(', ')}`);
}

/** NAME=value, a line each. */
function variables(path: string): Record<string, string> {
  const lines = text(path).split('\n');
  return Object.fromEntries(
    lines.filter((line) => /^[A-Z]/.test(line)).map((line) => [line.split('=')[0], line.slice(line.indexOf('=') + 1)]),
  ) as Record<string, string>;
}

describe('the manifests', () => {
  const kustomization: any = load(text('k8s/kustomization.yaml'));
  const resources: any[] = (kustomization.resources as string[]).flatMap((name) => loadAll(text(`k8s/${name}`)));
  const ofKind = (kind: string): any => resources.find((resource) => resource.kind === kind);
  const environment = variables('k8s/config.env');

  it.each(resources.map((resource): [string, any] => [resource.kind, resource]))(
    '%s is what the API takes',
    (_, one) => {
      check(one);
    },
  );

  it.each<[string, (deployment: any) => void, RegExp]>([
    ['a field that is not known', (deployment) => (deployment.spec.replica = 2), /unknown fields: \/spec\/replica/],
    [
      'one deep within',
      (deployment) => (deployment.spec.template.spec.containers[0].livenessprobe = {}),
      /livenessprobe/,
    ],
    ['a wrong type', (deployment) => (deployment.spec.replicas = 'two'), /replicas/],
    ['a field that is missing', (deployment) => delete deployment.spec.selector, /selector/],
  ])('would be refused with %s', (_, spoil, fault) => {
    const deployment = structuredClone(ofKind('Deployment'));
    spoil(deployment);

    expect(() => {
      check(deployment);
    }).toThrow(fault);
  });

  it('configure the service with variables it has, and values it takes', () => {
    expect(Object.keys(new Environment())).toEqual(expect.arrayContaining(Object.keys(environment)));
    expect(loadConfig({ PATH: process.env.PATH, ...environment }).session.maxSessions).toBe(40);
  });

  it('give the service the time it takes to end', () => {
    const { terminationGracePeriodSeconds, containers } = ofKind('Deployment').spec.template.spec;
    const preStopSeconds = Number(containers[0].lifecycle.preStop.exec.command[1]);
    const { shutdownGraceMs, cleanupTimeoutMs } = loadConfig({ PATH: process.env.PATH, ...environment }).process;

    expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(
      preStopSeconds + (shutdownGraceMs + cleanupTimeoutMs) / 1000 + 10,
    );
  });

  it('leave the pod the memory that its commands may take', () => {
    const { limits } = ofKind('Deployment').spec.template.spec.containers[0].resources;
    const { limit, session } = loadConfig({ PATH: process.env.PATH, ...environment });

    expect(limits.memory).toBe('3Gi');
    expect((limit.memoryBytes ?? Infinity) * (session.maxProcessesInAll ?? Infinity)).toBeLessThan(2.75 * 2 ** 30);
  });

  it('scale out before a pod is full, and select the pods there are', () => {
    const { metrics } = ofKind('HorizontalPodAutoscaler').spec;
    expect(metrics[0].pods.metric.name).toBe('cc_executor_sessions');
    expect(Number(metrics[0].pods.target.averageValue)).toBeLessThan(0.75 * Number(environment['MAX_SESSIONS']));

    const { labels } = ofKind('Deployment').spec.template.metadata;
    for (const selector of [
      ofKind('Deployment').spec.selector.matchLabels,
      ofKind('Service').spec.selector,
      ofKind('PodDisruptionBudget').spec.selector.matchLabels,
      ofKind('NetworkPolicy').spec.podSelector.matchLabels,
    ])
      expect(labels).toMatchObject(selector);
  });

  it('ask the probes that the service has', () => {
    const [container] = ofKind('Deployment').spec.template.spec.containers;
    const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
    expect(probes.map(({ httpGet }) => httpGet.path)).toEqual(['/health/startup', '/health/live', '/health/ready']);
  });
});

describe('the compose file', () => {
  const compose: any = load(readFileSync(join(DEPLOY, '..', 'docker-compose.yml'), 'utf8'));

  it('asks for a token, and publishes to this machine only', () => {
    const { environment, ports } = compose.services.executor;
    expect(environment.AUTH_TOKEN).toMatch(/^\$\{AUTH_TOKEN:\?set it to /);
    expect(ports).toEqual(['127.0.0.1:8003:8003']);
  });

  it('configures the service with variables it has, and gives it the time it takes to end', () => {
    const { environment, stop_grace_period: stopGrace } = compose.services.executor;
    expect(Object.keys(new Environment())).toEqual(expect.arrayContaining(Object.keys(environment)));
    const graceSeconds = Number(/:-(\d+)\}/.exec(environment.SHUTDOWN_GRACE)?.[1]);
    const { cleanupTimeoutMs } = loadConfig({ PATH: process.env.PATH }).process;
    expect(parseInt(stopGrace, 10)).toBeGreaterThanOrEqual(graceSeconds + cleanupTimeoutMs / 1000 + 10);
  });
});

describe('what watches the service', () => {
  let metrics: Set<string>;

  beforeAll(() => {
    const sources = ['execution-metrics', 'service-metrics', 'call-metrics', 'metrics'].map((name) =>
      readFileSync(join(DEPLOY, '..', 'src', 'telemetry', 'metrics', `${name}.ts`), 'utf8'),
    );
    const named = sources.flatMap((source) => [...source.matchAll(/(?:name: |(?:reading|#count)\(\s*)'([a-z_]+)'/g)]);
    metrics = new Set(named.map(([, name = '']) => `cc_executor_${name}`));
  });

  it.each(['prometheus/rules.yaml', 'grafana/dashboard.json', 'prometheus/adapter.yaml', 'k8s/hpa.yaml'])(
    '%s asks for metrics that there are',
    (path) => {
      const asked = [...text(path).matchAll(/\bcc_executor_[a-z_]+/g)].map(([name]) => name.replace(/_bucket$/, ''));
      expect(asked.length).toBeGreaterThan(0);
      expect([...metrics]).toEqual(expect.arrayContaining(asked));
    },
  );

  it('has a dashboard without two panels of one id or place', () => {
    const { panels } = JSON.parse(text('grafana/dashboard.json')) as { panels: { id: number; gridPos: object }[] };
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ gridPos }) => JSON.stringify(gridPos))).size).toBe(panels.length);
  });

  it('names sections of the operator’s handbook that there are', () => {
    const handbook = readFileSync(join(DEPLOY, '..', 'docs', 'operations.md'), 'utf8');
    const named = [...text('prometheus/rules.yaml').matchAll(/See "([^"]+)"/g)].map(([, title = '']) => title);
    const titles = [...handbook.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title);
    expect(titles).toEqual(expect.arrayContaining(named));
  });

  (hasPromtool ? it : it.skip)('has alerts that Prometheus takes, and that fire', () => {
    const check = spawnSync('promtool', ['check', 'rules', 'rules.yaml'], { cwd: join(DEPLOY, 'prometheus') });
    const test = spawnSync('promtool', ['test', 'rules', 'rules.test.yaml'], { cwd: join(DEPLOY, 'prometheus') });
    expect([check.status, test.status]).toEqual([0, 0]);
  });
});
