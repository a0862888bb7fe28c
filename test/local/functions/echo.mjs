// Answers with what it was given.
export async function handler(event, context) {
  const { getRemainingTimeInMillis, ...plain } = context;
  return { event, context: plain, remainingMs: getRemainingTimeInMillis() };
}
