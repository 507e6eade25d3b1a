export { freePort } from '#testing/bus';
