// A web application: answers as the path says, by default with the event it got.
const ANSWERS = {
  '/cookies': { statusCode: 200, cookies: ['a=1; HttpOnly', 'b=2'], body: 'two' },
  '/binary': { statusCode: 200, headers: { 'Content-Type': 'image/png' }, body: 'iVBORw==', isBase64Encoded: true },
  '/plain': { statusCode: 418, body: 'short and stout' },
  '/bare-object': { message: 'hello' },
  '/bare-text': 'hello',
  '/no-content': { statusCode: 204, headers: { 'Cache-Control': 'no-store' } },
  '/wrong-status': { statusCode: 'fine', body: '' },
  '/wrong-body': { statusCode: 200, body: { not: 'text' } },
  '/wrong-header': { statusCode: 200, headers: { 'x-split': 'a\r\nset-cookie: b' }, body: '' },
};

export async function handler(event) {
  if (event.rawPath === '/throw') throw new Error('secret detail');
  if (event.rawPath === '/never') return new Promise((resolve) => setTimeout(resolve, 60_000));
  return (
    ANSWERS[event.rawPath] ?? {
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'x-method': event.requestContext.http.method },
      body: JSON.stringify(event),
    }
  );
}
