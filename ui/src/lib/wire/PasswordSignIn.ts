export type PasswordSignIn = { login: string, password: string, };
