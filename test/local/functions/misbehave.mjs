// Ends in every way a handler should not, and counts the events its thread has had.
let count = 0;

class QuotaExceeded extends Error {
  name = 'QuotaExceeded';
}

const WAYS = {
  throw: () => {
    throw new QuotaExceeded('no more than 3');
  },
  throwText: () => {
    throw 'just text';
  },
  exit: ({ code }) => process.exit(code),
  uncaught: () => {
    setTimeout(() => {
      throw new TypeError('thrown later');
    }, 1);
    return new Promise((resolve) => setTimeout(resolve, 1000));
  },
  unhandled: () => {
    Promise.reject(new RangeError('nobody listens'));
    return 'fine';
  },
  neverSettles: () => new Promise(() => {}),
  loop: () => {
    console.log('about to loop');
    for (;;);
  },
  wait: () => new Promise((resolve) => setTimeout(resolve, 60_000)),
  circular: () => {
    const circle = {};
    circle.self = circle;
    return circle;
  },
  text: ({ length }) => 'x'.repeat(length),
  nothing: () => undefined,
  count: () => count,
};

export async function handler(event) {
  count++;
  return WAYS[event.how](event);
}
