// Answers with its whole process.env.
export const handler = async () => ({ ...process.env });
