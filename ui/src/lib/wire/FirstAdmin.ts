export type FirstAdmin = { code: string, login: string, name: string, password: string, };
