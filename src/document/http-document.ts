import { type INestApplication, Injectable } from '@nestjs/common';
import type { ControllerClass } from './http-answers.js';

/** The account of the HTTP part, made when it is first asked for: few ask, and what makes it is large. */
@Injectable()
export class HttpDocument {
  #app: INestApplication | null = null;
  #document: Promise<object> | null = null;

  /** The application that is told of. */
  describes(app: INestApplication): void {
    this.#app = app;
  }

  /** @param controller the one that serves it, which has a place in it */
  document(controller: ControllerClass): Promise<object> {
    return (this.#document ??= this.#make(controller));
  }

  async #make(controller: ControllerClass): Promise<object> {
    if (this.#app === null) throw new Error('There is no application to tell of');
    const { openApiDocument } = await import('./openapi-document.js');
    return openApiDocument(this.#app, controller);
  }
}
