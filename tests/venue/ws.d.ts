/** The part of `ws` (it comes with ccxt, without types) that the local venue uses. */
declare module 'ws' {
  import type { EventEmitter } from 'node:events';
  import type { IncomingMessage } from 'node:http';
  import type { Duplex } from 'node:stream';

  export class WebSocket extends EventEmitter {
    readonly readyState: number;
    send(text: string): void;
    close(code?: number): void;
    terminate(): void;
    /** Reads nothing more from the socket: pings stay without an answer. */
    pause(): void;
  }

  export class WebSocketServer extends EventEmitter {
    constructor(options: { readonly noServer: true });
    handleUpgrade(
      request: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      ready: (client: WebSocket, request: IncomingMessage) => void,
    ): void;
    close(): void;
  }
}
