import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Ajv } from 'ajv';
import { Service } from './support/service.js';

jest.setTimeout(60_000);

let service: Service;
let document: any;

beforeAll(async () => {
  service = await Service.start();
  document = await (await fetch(service.http('/openapi.json'))).json();
});

afterAll(async () => {
  await service.end('SIGKILL');
  service.remove();
});

describe('the OpenAPI document', () => {
  it('has every path there is for programs', () => {
    expect(Object.keys(document.paths).sort()).toEqual(
      [
        ...['/health', '/health/live', '/health/ready', '/health/startup', '/healthz'],
        ...['/metrics', '/openapi.json', '/openrpc.json'],
      ].sort(),
    );
  });

  it('tells what each answers', async () => {
    const ajv = new Ajv({ strict: false });
    for (const [path, { get }] of Object.entries<any>(document.paths)) {
      const response = await fetch(service.http(path));
      const [type = ''] = response.headers.get('content-type')?.split(';') ?? [];
      const schema = get.responses[response.status]?.content[type]?.schema;
      expect([path, schema]).toEqual([path, expect.any(Object)]);
      const body = await response.text();
      const answer: unknown = type === 'application/json' ? JSON.parse(body) : body;
      expect([path, ajv.validate(schema, answer)]).toEqual([path, true]);
    }
  });
});

describe('the page of the documents', () => {
  it.each(['/docs', '/docs/'])('%s names only parts that this service has', async (path) => {
    const response = await fetch(service.http(path));
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
    const html = await response.text();
    const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part = '']) => part);

    expect(parts).toHaveLength(3);
    for (const part of parts) {
      const answer = await fetch(new URL(part, service.http(path)));
      expect([part, answer.status]).toEqual([part, 200]);
      expect(answer.headers.get('content-type')).toBe(
        part.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8',
      );
    }
  });

  it.each(['package.json', '..%2fpackage.json', '..%2f..%2f..%2fpackage.json', 'constructor', 'swagger-ui.js'])(
    'has no part %s',
    async (part) => {
      expect((await fetch(service.http(`/docs/${part}`))).status).toBe(404);
    },
  );
});
