/** What API Gateway answers by itself: a status and its one-line message. */
export class GatewayError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'GatewayError';
    this.status = status;
  }
}

/** The texts that API Gateway's HTTP APIs use. */
export const notFound = () => new GatewayError(404, 'Not Found');
export const badRequest = () => new GatewayError(400, 'Bad Request');
export const tooLarge = () => new GatewayError(413, 'Request Entity Too Large');
export const tooManyRequests = () => new GatewayError(429, 'Too Many Requests');
export const headersTooLarge = () => new GatewayError(431, 'Request Header Fields Too Large');
export const internalError = () => new GatewayError(500, 'Internal Server Error');
export const unavailable = () => new GatewayError(503, 'Service Unavailable');
