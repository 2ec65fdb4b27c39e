import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Controller, Get, Header, NotFoundException, Param, Req, StreamableFile } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { OpenRpcService } from '../gateway/openrpc/openrpc.service.js';
import { HttpDocument } from './http-document.js';

/** What the page of the documents is made of, with its media types. */
const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

/** Only what this service serves, and the style that the page's own scripts set. */
const POLICY =
  "default-src 'none'; connect-src 'self'; img-src 'self' data:; script-src 'self'; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The documents of the service: its methods for programs, its HTTP part for programs and people. */
@Controller()
export class DocumentController {
  constructor(
    private readonly openRpc: OpenRpcService,
    private readonly http: HttpDocument,
  ) {}

  /** The methods and notifications of the WebSocket as an OpenRPC document; what `rpc.discover` answers. */
  @Get('openrpc.json')
  methods(): object {
    return this.openRpc.document;
  }

  /** The HTTP part as an OpenAPI document. */
  @Get('openapi.json')
  paths(): Promise<object> {
    return this.http.document(DocumentController);
  }

  /** The HTTP part as a page. */
  @Get('docs')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', POLICY)
  page(@Req() request: IncomingMessage): string {
    // A page at /docs/ would look for its parts one level too deep.
    const base = /\/docs\/(?:\?|$)/.test(request.url ?? '') ? '' : 'docs/';
    return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>CC Executor</title><link rel="stylesheet" href="${base}swagger-ui.css"></head>
<body><div id="page"></div><script src="${base}swagger-ui-bundle.js"></script><script src="${base}page.js"></script></body>
</html>
`;
  }

  /** What shows the document on the page. */
  @Get('docs/page.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  script(): string {
    return `SwaggerUIBundle({ url: new URL('../openapi.json', document.currentScript.src).href, dom_id: '#page', validatorUrl: null });\n`;
  }

  /** A part of the page, out of the package that brings it. */
  @Get('docs/:name')
  asset(@Param('name') name: string): StreamableFile {
    const type = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
    if (type === undefined) throw new NotFoundException();
    return new StreamableFile(createReadStream(join(assetDirectory(), name)), { type });
  }
}

/** Of the copy that the framework's own documents use. */
function assetDirectory(): string {
  const swagger = createRequire(import.meta.url).resolve('@nestjs/swagger');
  return dirname(createRequire(swagger).resolve('swagger-ui-dist/package.json'));
}
