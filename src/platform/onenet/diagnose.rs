//! The credentials that fail, held against the right ones: which part differs, and why.

use super::CONNECT_SOURCE;
use crate::platform::cloud::ConnectRequest;
use crate::platform::form::value;
use crate::platform::text::text;
use crate::platform::workbench::slips::{LENIENT, percent_decoded};
use crate::platform::{ConnectPlan, Finding, Identity, Place, Text};
use base64::Engine as _;

fn wrong(name: &'static str, words: Text) -> Finding {
    Finding::error(
        "WrongCredential",
        Place::Connect(name.into()),
        words,
        CONNECT_SOURCE,
    )
}

/// Compares credentials with what the identity gives, part by part.
pub(super) fn diagnose(
    identity: &Identity,
    plan: &ConnectPlan,
    presented: &ConnectRequest<'_>,
    out: &mut Vec<Finding>,
) {
    let (device, project) = (value(identity, "device_id"), value(identity, "project_id"));
    let user = presented.user_name.unwrap_or("");
    let password = presented.password.unwrap_or(b"");
    let wanted = plan.password.as_deref().unwrap_or(b"");
    let swapped = presented.client_id == project && user == device && device != project;
    if swapped {
        out.push(wrong(
            "client id",
            Text::new(
                "device id and project id are swapped: the client id is the device id, the user \
                 name the project id",
                "设备 ID 与项目 ID 填反：客户端 ID 应为设备 ID，用户名应为项目 ID",
            ),
        ));
    } else {
        if presented.client_id != plan.client_id {
            out.push(wrong(
                "client id",
                near(presented.client_id, &plan.client_id).unwrap_or_else(|| {
                    text!(
                        "client id is {:?}; the device id is {device:?}",
                        "客户端 ID 为 {:?}；设备 ID 为 {device:?}",
                        presented.client_id
                    )
                }),
            ));
        }
        if user != project {
            out.push(wrong(
                "user name",
                if !wanted.is_empty() && user.as_bytes() == wanted && password == project.as_bytes()
                {
                    Text::new(
                        "user name and password are swapped: the user name is the project id",
                        "用户名与密码填反：用户名应为项目 ID",
                    )
                } else {
                    near(user, project).unwrap_or_else(|| {
                        text!(
                            "user name is {user:?}; the project id is {project:?}",
                            "用户名为 {user:?}；项目 ID 为 {project:?}"
                        )
                    })
                },
            ));
        }
    }
    if password != wanted {
        out.push(wrong(
            "password",
            password_slip(
                &String::from_utf8_lossy(password),
                &String::from_utf8_lossy(wanted),
            ),
        ));
    }
}

/// Text that is nearly the wanted one.
fn near(found: &str, wanted: &str) -> Option<Text> {
    if found.trim() == wanted {
        Some(Text::new("blanks around it", "前后有空白字符"))
    } else if found.eq_ignore_ascii_case(wanted) {
        Some(Text::new("differs in upper and lower case", "大小写不一致"))
    } else {
        None
    }
}

fn password_slip(found: &str, wanted: &str) -> Text {
    if percent_decoded(found)
        .as_deref()
        .unwrap_or(found)
        .starts_with("version=")
    {
        return Text::new(
            "the password is a token of the newer OneNET Studio; this access wants auth_info or \
             the APIKey in clear",
            "密码是新版 OneNET Studio 的 token；本接入方式使用 auth_info 或 APIKey 明文",
        );
    }
    if let Some(words) = near(found, wanted) {
        return words;
    }
    if found == LENIENT.encode(wanted) {
        return Text::new(
            "encoded in base64; it goes in clear",
            "做了 base64 编码；应使用明文",
        );
    }
    if percent_decoded(found).as_deref() == Some(wanted) {
        return Text::new(
            "percent-encoded; it goes as it is",
            "进行了 URL 编码；应原样使用",
        );
    }
    if found.is_empty() {
        return Text::new("no password", "没有密码");
    }
    Text::new(
        "the password is not the auth_info or APIKey of the form",
        "密码与填写的 auth_info 或 APIKey 不一致",
    )
}
