import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { openRpcDocument } from './openrpc-document.js';

/** The account of the service's own protocol, made when it is first asked for. */
@Injectable()
export class OpenRpcService {
  #document: Record<string, unknown> | null = null;

  constructor(private readonly config: AppConfig) {}

  get document(): Record<string, unknown> {
    return (this.#document ??= openRpcDocument(this.config.server));
  }
}
