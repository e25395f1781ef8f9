//! What the terminal says when the server does not start: the same in Chinese and in English, and what to do about it.

use hefu_core::error::Code;

use crate::ServerError;

/// The sentence for a refusal, in Chinese and in English.
pub fn sentence(error: &ServerError) -> (&'static str, &'static str) {
    match error {
        ServerError::ConsoleNotLoopback(_) => (
            "控制台是明文 HTTP，只能监听本机地址。请用 --console 127.0.0.1:端口；别的机器请用 https 地址。",
            "The console is plain HTTP and may listen on this machine alone. Use --console 127.0.0.1:PORT; others use the https address.",
        ),
        ServerError::Listen(..) => (
            "监听地址用不了：可能已被占用，或不属于这台机器。请换一个 --listen 或 --console。",
            "The address to listen on cannot be used: it is taken, or not this machine's. Choose another --listen or --console.",
        ),
        ServerError::Address => (
            "--address 应写成 https://主机:端口，也就是收银机连接服务器用的地址。",
            "--address must read https://host:port: the address at which tills reach this server.",
        ),
        ServerError::ChainName => (
            "这是第一次启动，请用 --chain-name 给连锁取名，或用 --demo 装入演示连锁。",
            "This is the first start: name the chain with --chain-name, or load the demo chain with --demo.",
        ),
        ServerError::NotFirst => (
            "这个数据文件夹里已经有一个连锁，什么也没有改动。--demo 只能用于空文件夹。",
            "The data folder holds a chain already, and nothing was changed. --demo is for an empty folder.",
        ),
        ServerError::NoChain => {
            ("这个数据文件夹里还没有连锁。请先运行 hefu-server run。", "No chain has begun in this data folder. Run hefu-server run first.")
        }
        ServerError::Certificate { .. } => (
            "证书或私钥读不出来，或彼此不配。请检查 --certificate 和 --key 两个 PEM 文件。",
            "The certificate or its key cannot be read, or they do not belong together. Check the PEM files of --certificate and --key.",
        ),
        ServerError::Apart(_) => (
            "hq.db 和 log.db 不是同一时刻的：可能只恢复了其中一个。请用同一份备份恢复两者，不要删除任何文件。",
            "hq.db and log.db are not of one moment: perhaps one of them alone was restored. Restore both from one backup; delete nothing.",
        ),
        other => of_code(other.code()),
    }
}

fn of_code(code: Code) -> (&'static str, &'static str) {
    match code {
        Code::DatabaseNewer => (
            "数据由更新版的程序写成，为保护它没有打开，账都在。请更新 hefu-server。",
            "The data was written by a newer program and was left closed to protect it. Update hefu-server.",
        ),
        Code::DatabaseInUse => (
            "数据文件夹正被另一个 hefu-server 使用，账都在。请先停掉那一个。",
            "Another hefu-server is using the data folder, and nothing is lost. Stop that one first.",
        ),
        Code::DatabaseKeyWrong | Code::KeyStoreFailed => (
            "数据文件夹的钥匙不对或不在，账没有改动。请恢复系统钥匙串或 keys 文件夹，不要删除数据。",
            "The key of the data folder is wrong or missing, and nothing was changed. Restore the system key store or the keys folder; delete nothing.",
        ),
        Code::DatabaseDamaged => (
            "数据文件有损坏，已停止以保护数据。请不要删除任何文件，用备份恢复。",
            "A data file is damaged and the server stopped to protect it. Delete nothing: restore a backup.",
        ),
        Code::DiskFull => {
            ("硬盘满了，已保存的账都在。请清理空间后再启动。", "The disk is full; what was saved is kept. Free some space and start again.")
        }
        Code::FolderReadOnly => (
            "数据文件夹或文件不能读写。请检查 --data 的路径和权限。",
            "The data folder or a file cannot be read or written. Check the path of --data and its permissions.",
        ),
        Code::StoreUnknown => ("没有这个门店编号。请核对后再试。", "There is no store of this code. Check it and try again."),
        Code::NameInvalid | Code::TextTooLong => {
            ("连锁的名字不合用，请换一个。", "This name cannot be used for the chain. Choose another.")
        }
        _ => (
            "服务器出了意外，已保存的账都在。详情见日志。",
            "Something unexpected happened; what was saved is kept. See the log for details.",
        ),
    }
}
