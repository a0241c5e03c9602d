//! The response status codes of the document's table 3-2, spelled as printed.

use crate::platform::{Code, Text};

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The code.
    pub rsc: i64,
    /// The document's name, its typing slips included.
    pub name: &'static str,
    /// The CoAP code that the document maps it to; `None` for an empty acknowledgement.
    pub coap: Option<&'static str>,
    /// What to tell the user, in English.
    pub en: &'static str,
    /// What to tell the user, in Chinese.
    pub zh: &'static str,
}

const fn row(
    rsc: i64,
    name: &'static str,
    coap: &'static str,
    en: &'static str,
    zh: &'static str,
) -> Row {
    Row {
        rsc,
        name,
        coap: if coap.is_empty() { None } else { Some(coap) },
        en,
        zh,
    }
}

/// Table 3-2, complete: 37 codes.
pub const TABLE: [Row; 37] = [
    row(
        1000,
        "ACCEPTED",
        "",
        "accepted, still working; wait for another response with the same rqi",
        "已接收，仍在处理；请等待相同 rqi 的后续响应",
    ),
    row(2000, "OK", "2.05", "done", "成功"),
    row(
        2001,
        "CREATED",
        "2.01",
        "done, the normal answer",
        "成功（正常应答）",
    ),
    row(2002, "DELETED", "2.02", "done, deleted", "成功，已删除"),
    row(2004, "CHANGED", "2.04", "done, changed", "成功，已修改"),
    row(
        4000,
        "BAD_REQUEST",
        "4.00",
        "a field is missing or has the wrong form; compare the message with the template",
        "字段缺失或格式错误；请与消息模板对照",
    ),
    row(
        4004,
        "NOT_FOUND",
        "4.04",
        "the container or event does not exist on the platform, or the device is not registered; \
         create it there, or register first",
        "平台上没有该能力或事件，或设备尚未注册；请先在平台创建，或先注册",
    ),
    row(
        4005,
        "OPERATION_NOT_ALLOWED",
        "4.05",
        "op does not fit this resource; a request of the device has op 1",
        "op 与该资源不符；设备请求的 op 应为 1",
    ),
    row(
        4008,
        "REQUEST_TIMEOUT",
        "4.04",
        "the platform gave up waiting; send it again",
        "平台处理超时；请重试",
    ),
    row(
        4101,
        "SUBSCRIPTION_CREATOR_HAS_NO_PRIVILEGE",
        "4.03",
        "the creator of the subscription has no right; check api and the account",
        "订阅创建者没有权限；请检查 api 与账号",
    ),
    row(
        4102,
        "CONTENTS_UNACCEPTABLE",
        "4.00",
        "con or cnf was refused; cnf is 0 for text or 42 for bytes",
        "con 或 cnf 不被接受；cnf 取 0（文本）或 42（字节流）",
    ),
    row(
        4103,
        "ACCESS_DENIED",
        "4.03",
        "no right; check api, the device name and the account",
        "没有权限；请检查 api、设备名称与账号",
    ),
    row(
        4104,
        "GROUP_REQUEST_IDENTIFIER_EXISTS",
        "4.00",
        "this rqi is in use already; use a new one for every request",
        "rqi 已被使用；每次请求请使用新的流水号",
    ),
    row(
        4105,
        "CONFLICT",
        "4.03",
        "the name is in use already; for a registration: the device is registered, go on",
        "名称已存在；若为注册请求，说明设备已注册，可直接上报",
    ),
    row(
        5000,
        "INTERNAL_SERVER_ERROR",
        "5.00",
        "fault inside the platform; try again later, then ask its operator",
        "平台内部错误；请稍后重试或联系平台方",
    ),
    row(
        5001,
        "NOT_IMPLEMENTED",
        "5.01",
        "the platform does not support this",
        "平台不支持该操作",
    ),
    row(
        5103,
        "TARGET_NOT_REACHABLE",
        "4.04",
        "the target is offline",
        "目标不可达（离线）",
    ),
    row(5105, "NO_PRIVILEGE", "4.03", "no right", "没有权限"),
    row(
        5106,
        "ALREADY_EXISTS",
        "4.00",
        "it exists already",
        "资源已存在",
    ),
    row(
        5203,
        "TARGET_NOT_SUBSCRIBABLE",
        "4.03",
        "the target cannot be subscribed to",
        "目标不可订阅",
    ),
    row(
        5204,
        "SUBSCRIPTION_VERIFICATION_INITIATION_FAILED",
        "5.00",
        "the subscription could not be verified",
        "订阅校验发起失败",
    ),
    row(
        5205,
        "SUBSCRIPTION_HOST_HAS_NO_PRIVILEGE",
        "4.03",
        "the host of the subscription has no right",
        "订阅宿主没有权限",
    ),
    row(
        5206,
        "NON_BLOCKING_REQUEST_NOT_SUPPORTED",
        "5.00",
        "non-blocking requests are not supported",
        "不支持非阻塞请求",
    ),
    row(
        5207,
        "NOT_ACCEPTABLE",
        "4.06",
        "refused in this form",
        "不可接受的请求",
    ),
    row(
        6003,
        "EXTENAL_OBJECT_NOT_REACHABLE",
        "4.04",
        "an object outside the platform cannot be reached [EXTERNAL]",
        "外部对象不可达（EXTERNAL）",
    ),
    row(
        6005,
        "EXTENAL_OBJECT_NOT_FOUND",
        "4.04",
        "an object outside the platform does not exist [EXTERNAL]",
        "外部对象不存在（EXTERNAL）",
    ),
    row(
        6010,
        "MAX_NUMBERF_OF_MEMBER_EXCEEDED",
        "4.00",
        "the group has too many members [NUMBER]",
        "组成员数超出上限（NUMBER）",
    ),
    row(
        6011,
        "MEMBER_TYPE_INCONSISTENT",
        "4.00",
        "the members of the group are of different types",
        "组成员类型不一致",
    ),
    row(
        6020,
        "MGMT_SESSION_CANNOT_BE_ESTABLISHED",
        "5.00",
        "the management session cannot be established",
        "无法建立管理会话",
    ),
    row(
        6021,
        "MGMT_SESSION_ESTABLISHMENT_TIMEOUT",
        "5.00",
        "the management session took too long to establish",
        "建立管理会话超时",
    ),
    row(
        6022,
        "INVALID_CMDTYPE",
        "4.00",
        "unknown type of management command",
        "管理命令类型无效",
    ),
    row(
        6023,
        "INVALID_ARGUMENTS",
        "4.00",
        "arguments of the management command are wrong",
        "管理命令参数无效",
    ),
    row(
        6024,
        "INSUFFICIENT_ARGUMENTS",
        "4.00",
        "arguments of the management command are missing",
        "管理命令参数不足",
    ),
    row(
        6025,
        "MGMT_CONVERSION_ERROR",
        "5.00",
        "the management command could not be converted",
        "管理命令转换错误",
    ),
    row(
        6026,
        "MGMT_CANCELATION_FAILURE",
        "5.00",
        "the management command could not be cancelled",
        "管理命令取消失败",
    ),
    row(
        6028,
        "ALREADY_COMPLETE",
        "4.00",
        "the management command is complete already",
        "管理命令已完成",
    ),
    row(
        6029,
        "COMMAND_NOT_CANCELLABLE",
        "4.00",
        "this management command cannot be cancelled",
        "该管理命令不可取消",
    ),
];

/// The row of `rsc`, if the table has one.
pub fn lookup(rsc: i64) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.rsc == rsc)
}

/// The class of a code by its thousands, table 3-1; also for codes that the table does not have.
pub fn class(rsc: i64) -> Option<&'static str> {
    match rsc {
        1000..=1999 => Some("Informational"),
        2000..=2999 => Some("Success"),
        3000..=3999 => Some("Redirection"),
        4000..=4999 => Some("Originator Error"),
        5000..=5999 => Some("Receiver Error"),
        6000..=6999 => Some("Network Service Error"),
        _ => None,
    }
}

/// Whether the code reports success; 1000 is not a failure either, the answer is still to come.
pub fn is_success(rsc: i64) -> bool {
    (1000..3000).contains(&rsc)
}

/// What to tell the user about a code, whether the table has it or not.
pub fn advice(rsc: i64) -> Text {
    if let Some(row) = lookup(rsc) {
        return Text::new(row.en, row.zh);
    }
    match class(rsc) {
        Some("Informational") => Text::new(
            "received, still working; the table does not list this code",
            "已接收，仍在处理；码表中没有此状态码",
        ),
        Some("Success") => Text::new(
            "done; the table does not list this code",
            "成功；码表中没有此状态码",
        ),
        Some("Redirection") => Text::new(
            "class 3xxx is not used by this version of the platform",
            "3xxx 类状态码在当前版本未使用",
        ),
        Some("Originator Error") => Text::new(
            "the request was refused because of how it was made; the table does not list this code",
            "请求有误被拒绝；码表中没有此状态码",
        ),
        Some("Receiver Error") => Text::new(
            "the receiver could not carry it out; the table does not list this code",
            "接收方无法执行；码表中没有此状态码",
        ),
        Some("Network Service Error") => Text::new(
            "a network service failed; the table does not list this code",
            "网络服务实体错误；码表中没有此状态码",
        ),
        _ => Text::new(
            "no response status code of this platform: classes are 1xxx to 6xxx",
            "不是本平台的响应状态码：类别为 1xxx 至 6xxx",
        ),
    }
}

/// The table as screens want it.
pub(super) fn declared() -> Vec<Code> {
    TABLE
        .iter()
        .map(|row| Code {
            place: "rsc".into(),
            number: row.rsc,
            name: row.name.into(),
            class: class(row.rsc).unwrap_or("").into(),
            success: is_success(row.rsc),
            advice: Text::new(row.en, row.zh),
        })
        .collect()
}
