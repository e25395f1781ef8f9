//! What the terminal says when the till does not start: the same in Chinese and in English, and what to do about it.

use crate::StartError;

/// The sentence for a refusal, in Chinese and in English.
pub fn sentence(error: &StartError) -> (&'static str, &'static str) {
    match error {
        StartError::NoFolder => (
            "不知道账本该放在哪里，什么也没有改动。请用 --data 指定一个文件夹。",
            "There is no place for the book, and nothing was changed. Name a folder with --data.",
        ),
        StartError::Serve(..) => (
            "--serve 的地址用不了：可能已被占用，或不属于这台机器。账没有改动。请换一个端口，或停掉占用它的程序。",
            "The address of --serve cannot be used: it is taken, or not this machine's. The book was not changed. Choose another port, or stop \
             the program that has it.",
        ),
        StartError::NotLoopback(_) => (
            "收银画面只能给这台机器的浏览器看。请用 --serve 127.0.0.1:端口。",
            "The screens are served to this machine alone. Use --serve 127.0.0.1:PORT.",
        ),
        StartError::Runtime(_) | StartError::Window(_) => (
            "窗口或程序没能启动，账没有改动。请重启机器再试，详情见下面括号里的话。",
            "The window or the program could not start, and the book was not changed. Restart the machine and try again; below is what it said.",
        ),
    }
}
