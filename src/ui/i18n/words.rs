//! The table: every word of the interface, English and Chinese side by side.

use super::Phrase;

macro_rules! words {
    ($($name:ident: $en:literal, $zh:literal;)*) => {
        $(
            #[doc = $en]
            pub const $name: Phrase = Phrase { en: $en, zh: $zh };
        )*

        /// Every phrase with its name, for tests and for translators.
        pub const ALL: &[(&str, Phrase)] = &[$((stringify!($name), $name)),*];
    };
}

words! {
    // Top bar
    PRODUCT: "Device Console", "Device Console";
    DEVICES: "Devices", "设备列表";
    OTHER_LANGUAGE: "中文", "EN";
    LANGUAGE: "切换到中文", "EN: switch to English";
    THEME_SYSTEM: "Theme: as the system", "主题：跟随系统";
    THEME_LIGHT: "Theme: light", "主题：浅色";
    THEME_DARK: "Theme: dark", "主题：深色";
    STATE_OFFLINE: "offline", "未连接";
    STATE_WAITING: "connecting again", "等待重连";
    WAITING_LEFT: "in {} s", "{} 秒后";
    STATE_OPENING: "opening", "正在打开";
    STATE_HANDSHAKE: "waiting for CONNACK", "等待 CONNACK";
    STATE_CONNECTED: "connected", "已连接";
    STATE_CLOSING: "closing", "正在断开";
    STATE_STARTING: "starting the engine", "引擎启动中";
    SESSION_PRESENT: "session present", "会话已恢复";
    COUNT_UP: "Control packets sent: {}, {}", "已发送报文：{}，{}";
    COUNT_DOWN: "Control packets received: {}, {}", "已接收报文：{}，{}";
    PING: "ping {}", "心跳 {}";
    PING_HELP: "Last PINGREQ to PINGRESP", "最近一次 PINGREQ 到 PINGRESP 的时延";
    IN_FLIGHT: "{} unacknowledged", "{} 条未确认";
    VIEWS: "Views", "视图";

    // Device panel
    DEVICE: "Device", "设备";
    PLATFORM: "Platform", "平台";
    TARGET: "Connect to", "连接到";
    TARGET_SIMULATED: "Simulated platform", "模拟平台";
    TARGET_SIMULATED_HELP: "Runs in this page: no account, and nothing leaves the browser.",
        "在本页面内运行：无需账号，数据不离开浏览器。";
    TARGET_BROKER: "Broker", "服务器（Broker）";
    URL: "URL", "URL";
    IDENTITY: "Identity", "设备身份";
    IDENTITY_OPTIONAL: "Optional ({})", "可选项（{}）";
    SETTINGS: "Connection settings", "连接参数";
    SETTINGS_HELP: "An empty field takes the platform's own value, shown in grey.",
        "留空则采用平台规则得出的值（灰色显示）。";
    VERSION: "MQTT version", "MQTT 版本";
    AS_PLATFORM: "as the platform says", "按平台规则";
    AS_PLATFORM_VALUE: "as the platform says: {}", "按平台规则：{}";
    CLIENT_ID: "Client identifier", "客户端标识（Client ID）";
    USER_NAME: "User name", "用户名";
    PASSWORD: "Password", "密码";
    PASSWORD_COMPUTED: "computed from the identity", "由设备身份计算";
    PASSWORD_NONE: "none", "无";
    REVEAL: "Show", "显示";
    CONCEAL: "Hide", "隐藏";
    REVEAL_FIELD: "Show {}", "显示{}";
    CONCEAL_FIELD: "Hide {}", "隐藏{}";
    KEEP_ALIVE: "Keep alive (s)", "保活（Keep Alive，秒）";
    KEEP_ALIVE_RANGE: "0 to 65535; 0 switches it off", "0 到 65535；0 表示关闭";
    KEEP_ALIVE_WRONG: "Keep alive is a whole number from 0 to 65535.", "保活时间应为 0 到 65535 的整数。";
    CLEAN_SESSION: "Clean session", "清除会话（Clean Session）";
    YES: "yes", "是";
    NO: "no", "否";
    NONE: "none", "无";
    WILL: "Will message", "遗嘱消息（Will）";
    WILL_TOPIC: "Will topic", "遗嘱主题";
    WILL_PAYLOAD: "Will payload", "遗嘱载荷";
    WILL_QOS: "Will QoS", "遗嘱 QoS";
    WILL_RETAIN: "Will retain", "遗嘱保留（Retain）";
    PLAN: "What goes into CONNECT", "CONNECT 报文内容";
    PLAN_SUBSCRIBES: "Subscribes by itself to", "自动订阅";
    PASSWORD_SENT: "sent, masked", "已携带（不显示）";
    CONNECT: "Connect", "连接";
    CONNECT_ANYWAY: "Connect anyway", "仍然连接";
    CONNECT_ASK: "{}. Press again to connect as it is.", "{}。再次点击将按原样连接。";
    CANCEL: "Cancel", "取消";
    DISCONNECT: "Disconnect", "断开";
    CLOSING: "Closing …", "正在断开…";
    PANEL_COMING: "Loading…", "正在加载…";
    REASON_STARTING: "The engine is still loading.", "引擎仍在加载。";
    REASON_CLOSING: "The connection is being closed.", "连接正在关闭。";
    CONNECT_NOW: "Connect now", "立即连接";
    STOP_WAITING: "Stop", "停止重连";
    WAITING_FOR_ATTEMPT: "Connecting again in {} s; attempts that failed so far: {}.", "{} 秒后自动重连；已失败 {} 次。";
    V5: "MQTT 5.0", "MQTT 5.0";
    V5_RANGE: "A whole number from 0 to {}, or empty.", "应为 0 到 {} 的整数，或留空。";
    V5_SESSION_EXPIRY: "Session expiry interval (s)", "会话过期时间（秒）";
    V5_RECEIVE_MAXIMUM: "Receive maximum", "接收最大值（Receive Maximum）";
    V5_MAXIMUM_PACKET_SIZE: "Maximum packet size (bytes)", "最大报文长度（字节）";
    V5_TOPIC_ALIAS_MAXIMUM: "Topic alias maximum (server to device)", "主题别名最大值（服务器到设备）";
    V5_TOPIC_ALIASES: "Topic aliases used (device to server)", "使用的主题别名数（设备到服务器）";
    V5_RESPONSE_INFORMATION: "Request response information", "请求响应信息";
    V5_PROBLEM_INFORMATION: "Request problem information", "请求问题信息";
    V5_DISCONNECT_WITH_WILL: "Disconnect with the will published (0x04)", "断开时发布遗嘱（0x04）";
    V5_DISCONNECT_EXPIRY: "Session expiry interval in DISCONNECT (s)", "DISCONNECT 中的会话过期时间（秒）";
    V5_REAUTHENTICATE: "Authenticate again", "重新认证";
    V5_SCRAM: "Prove the password by SCRAM-SHA-256", "使用 SCRAM-SHA-256 证明密码";
    V5_USER_PROPERTIES: "User properties", "用户属性";
    V5_USER_PROPERTIES_HELP: "One on each line: name=value", "每行一个：名称=值";
    V5_WILL_DELAY: "Will delay interval (s)", "遗嘱延迟（秒）";
    V5_MESSAGE_EXPIRY: "Message expiry interval (s)", "消息过期时间（秒）";
    V5_CONTENT_TYPE: "Content type", "内容类型";
    V5_RESPONSE_TOPIC: "Response topic", "响应主题";
    V5_CORRELATION: "Correlation data (text)", "关联数据（文本）";
    V5_IS_TEXT: "Payload is UTF-8 text", "载荷为 UTF-8 文本";
    V5_NO_LOCAL: "No Local", "不接收自己发布的消息（No Local）";
    V5_RETAIN_AS_PUBLISHED: "Retain As Published", "保持 Retain 标志（Retain As Published）";
    V5_RETAIN_HANDLING: "Retain Handling", "保留消息处理（Retain Handling）";
    V5_RETAIN_ALWAYS: "0 at every SUBSCRIBE", "0 每次订阅时发送";
    V5_RETAIN_IF_NEW: "1 only if new", "1 仅新订阅时发送";
    V5_RETAIN_NEVER: "2 never", "2 不发送";
    V5_SUBSCRIPTION_IDENTIFIER: "Subscription identifier", "订阅标识符";
    V5_SERVER: "What the server said", "服务器声明";
    RECONNECT: "Connect again by itself", "自动重连";
    CLEAN_SESSION_KEPT: "With “no”, messages that are not acknowledged are kept in this browser and survive a reload.",
        "选“否”时，未确认的消息保存在本浏览器中，刷新页面后继续发送。";
    RECONNECT_HELP: "After a connection broke off; never after a refusal that would only be repeated.",
        "连接中断后自动重连；若服务器会以同样原因拒绝，则不重连。";
    FAILURE_FINDINGS: "What the platform forbids in this CONNECT", "该 CONNECT 违反的平台规则";
    FAILURE_ALSO: "It could also be", "也可能是";
    FAILURE_CAUSES: "The browser does not say why. Likeliest first:", "浏览器不提供原因，可能性从大到小：";
    FAILURE_TAKE_OVER: "Take the session over here", "在此接管会话";
    RELAY: "Relay from WebSocket to TCP, on your machine", "在本机运行 WebSocket 到 TCP 的中转";
    RELAY_COPY: "Copy", "复制";
    RELAY_CONNECT: "Then connect to {}", "然后连接到 {}";
    FAILURE_CERTAIN: "the cause is certain", "原因确定";
    FAILURE_LIKELY: "likely: the browser hides the exact cause", "推测：浏览器不提供确切原因";
    FAILURE_NEXT: "Next step", "下一步";
    FAILURE_CODE: "Close code {}", "关闭码 {}";
    FAILURE_REASON: "reason “{}”", "原因“{}”";
    FAILURE_AFTER_OPENING: "{} after the attempt began; the socket never opened", "尝试开始后 {}，WebSocket 未能打开";
    FAILURE_AFTER_CONNECT: "{} after CONNECT", "发送 CONNECT 后 {}";
    FAILURE_AFTER_CONNECTED: "{} after the socket opened", "WebSocket 打开后 {}";
    FAILURE_FRAME: "Show the frame", "查看该报文";
    SUBSCRIPTIONS: "Subscriptions", "订阅";
    SUBSCRIPTION_FILTER: "Topic filter", "主题过滤器";
    SUBSCRIPTION_EXAMPLE: "topic filter, such as a/+/b or a/#", "主题过滤器，如 a/+/b 或 a/#";
    SUBSCRIBE: "Subscribe", "订阅";
    UNSUBSCRIBE: "Unsubscribe {}", "取消订阅 {}";
    SUBSCRIPTIONS_EMPTY: "Nothing yet. What the platform wants is subscribed to by itself after connecting.",
        "暂无。连接后会自动订阅平台要求的主题。";
    SUBSCRIPTION_NO_FILTER: "Type a topic filter first.", "请先输入主题过滤器。";
    SUB_AUTOMATIC: "by itself", "自动";
    SUB_WANTED: "waits for a connection", "等待连接";
    SUB_PENDING: "waits for SUBACK", "等待 SUBACK";
    SUB_GRANTED: "granted, QoS {}", "已授予 QoS {}";
    SUB_REFUSED: "refused, code {}", "被拒绝，代码 {}";
    QOS: "QoS", "QoS";
    QOS_0: "0 at most once", "0 至多一次";
    QOS_1: "1 at least once", "1 至少一次";
    QOS_2: "2 exactly once", "2 恰好一次";
    RETAIN: "Retain", "保留（Retain）";
    REQUIRED: "required", "必填";

    // Log
    LOG: "Log", "日志";
    LOG_HELP: "Every control packet, newest last", "全部控制报文，最新的在最后";
    LOG_TOTAL: "{} rows", "共 {} 行";
    LOG_TOTAL_ONE: "{} row", "共 {} 行";
    LOG_MATCHING: "{} of {}", "{} / 共 {} 行";
    LOG_SEARCHING: "{} found, {} of {} searched", "已找到 {}，已查 {} / {}";
    LOG_KEPT: "{} rows kept, {}", "保留 {} 行，{}";
    LOG_HELD: "{} newer held", "另有 {} 行未显示";
    LOG_PAUSE: "Pause", "暂停";
    LOG_PAUSE_HELP: "Hold the rows as they are; what comes meanwhile is kept (p)",
        "画面停住，期间的报文照常记录（p）";
    LOG_TOOLS: "Tools", "工具";
    LOG_TIME: "Go to time", "跳到时间";
    LOG_GO: "Go", "跳转";
    LOG_MARKS: "Marks", "标记";
    LOG_MARKED: "{} marked", "{} 个标记";
    LOG_MARK: "Mark", "标记";
    LOG_IS_MARKED: "marked", "已标记";
    LOG_MARK_NEXT: "Next mark (n)", "下一个标记（n）";
    LOG_MARK_PREVIOUS: "Previous mark (N)", "上一个标记（N）";
    LOG_LIMITS: "Keep at most", "最多保留";
    ENGINE_MEMORY: "The engine uses {}", "引擎占用 {}";
    LOG_LIMIT_ROWS: "Keep: rows", "保留行数";
    LOG_FILTER: "Filter", "过滤";
    LOG_FILTER_EXAMPLE: "Filter: text, type:publish topic:$dp/# -dir:out", "过滤：文字，type:publish topic:$dp/# -dir:out";
    LOG_FILTER_CLEAR: "Clear the filter", "清除过滤条件";
    LOG_FILTER_OFFERS: "Completions", "补全";
    LOG_FILTER_ERROR: "At character {}: {}", "第 {} 个字符：{}";
    LOG_EXPORT: "Export", "导出";
    LOG_EXPORT_HELP: "Write the rows that pass the filter to a file", "将符合过滤条件的行写入文件";
    LOG_EXPORT_FORMAT: "File format", "文件格式";
    LOG_EXPORT_PCAP: "pcap, for Wireshark", "pcap 文件（Wireshark）";
    LOG_EXPORT_LINES: "JSON lines", "JSON 行";
    LOG_EXPORT_SECRETS: "with passwords", "包含密码";
    LOG_EXPORTING: "{} of {} rows", "已写 {} / {} 行";
    LOG_NONE_PASSES: "No row passes the filter.", "没有符合过滤条件的行。";
    LOG_NONE_YET: "Searching…", "正在查找…";
    LOG_HIDDEN: "Row {} is selected; the filter or the pause hides it.",
        "已选中第 {} 行，但当前过滤或暂停使其不显示。";
    LOG_NOWHERE: "There is no such row.", "没有这样的行。";
    LOG_UNANSWERED: "none", "无应答";
    LOG_WAITS: "Waits for its answer, or got none", "等待应答，或未得到应答";
    TOPICS: "Topics", "主题";
    TOPICS_HELP: "Topic tree: arrows move and unfold, Enter filters the log",
        "主题树：方向键移动和展开，回车过滤日志";
    TOPICS_COUNT: "{} topics since the log was cleared", "自清空日志以来 {} 个主题";
    TOPICS_COUNT_ONE: "{} topic since the log was cleared", "自清空日志以来 {} 个主题";
    TOPICS_UNLISTED: "{} messages on topics beyond what the tree holds", "另有 {} 条消息的主题超出可列数量";
    TOPICS_EMPTY: "Every topic that a message travels on appears here, with counts and last value.",
        "消息经过的每个主题都会列在这里，附计数和最新值。";
    TOPIC_UP: "Messages sent", "已发送消息";
    TOPIC_DOWN: "Messages received", "已接收消息";
    TOPIC_RATE: "msg/s", "条/秒";
    TOPIC_LAST: "Last value", "最新值";
    TOPIC_OPEN: "Unfold", "展开";
    TOPIC_CLOSE: "Fold", "折叠";
    TOPIC_EMPTY_LEVEL: "(empty level)", "（空层级）";
    TOPIC_JUMP: "Select this message", "选中该消息";
    CHARTS: "Charts", "图表";
    CHART_SERIES: "Numbers", "数值";
    CHART_EMPTY: "Numbers in reports, streams and JSON payloads appear here; choose up to six to draw.",
        "上报、数据流和 JSON 载荷中的数值会列在这里，最多选六项绘制。";
    CHART_UNLISTED: "{} more values not listed", "另有 {} 个数值未列出";
    CHART_UNREAD: "{} rows still to be read", "尚有 {} 行待读取";
    CHART_SPAN: "Time shown", "时间范围";
    CHART_ALL: "all that the log keeps", "日志保留的全部";
    CHART_HOUR: "last hour", "最近一小时";
    CHART_MINUTES: "last 10 minutes", "最近 10 分钟";
    CHART_MINUTE: "last minute", "最近一分钟";
    CHART_SCALES: "each line on its own scale", "各曲线分别缩放";
    CHART_DESCRIBED: "{}: {} values, from {} to {}, last {}", "{}：{} 个值，{} 至 {}，最新 {}";
    CHART_HELP: "Left and Right read values, Enter shows the message in the log.",
        "左右方向键逐点读数，Enter 在日志中定位该报文。";
    CHART_SPREAD: "{} to {}", "{} 至 {}";
    CHART_COLUMN: "{} to {}, {} values", "{} 至 {}，{} 个值";
    LATENCIES: "Time to the answer", "应答时延";
    LATENCIES_EMPTY: "How long each kind of request waits for its answer appears here.",
        "各类请求的应答时延会显示在这里。";
    LATENCY_CLASS: "{} to {}: {}", "{} 至 {}：{}";
    LATENCY_CLASS_BELOW: "{}: {}", "{}：{}";
    LATENCY_LINES: "lines: p50 │ p99 ┊", "标线：p50 │ p99 ┊";
    LATENCY_FIGURES: "{} × · p50 {} · p99 {} · max {}", "{} 次 · p50 {} · p99 {} · 最大 {}";
    PARTNERS: "Belongs to", "关联报文";
    PARTNER_ANSWERS: "→ what it acknowledges", "→ 所应答的报文";
    PARTNER_ANSWERED_BY: "→ its acknowledgement", "→ 对应的应答报文";
    PARTNER_REQUEST: "→ its request", "→ 对应的请求";
    PARTNER_REPLY: "→ its reply", "→ 对应的回复";
    LOG_DROPPED: "{} oldest dropped", "已丢弃最早的 {} 行";
    LOG_FOLLOW: "Follow newest", "跟随最新";
    LOG_FOLLOW_HELP: "Newest row in view; in a flood drawn every second or two, every row logged",
        "始终显示最新一行；消息过多时每一两秒刷新一次，各行照常记录";
    LOG_CLEAR: "Clear", "清空";
    LOG_FILTER_COUNT: "Rows that pass, among the newest {}", "最新 {} 行中符合条件的行数";
    LOG_PASSING: "{} messages/s, drawn every {} s", "每秒 {} 条消息，每 {} 秒刷新一次";
    LOG_NEWER: "{} newer ↓", "{} 条新记录 ↓";
    LOG_CLEARED: "Every control packet that comes now is listed here.", "之后的每个控制报文会列在这里。";
    LOG_EMPTY: "Every control packet will be listed here. Press Connect to make the first.",
        "这里列出每个控制报文。点击“连接”产生第一条。";
    COLUMN_TIME: "Time", "时间";
    COLUMN_PACKET: "Packet", "报文";
    COLUMN_SUMMARY: "Topic / summary", "主题 / 摘要";
    COLUMN_SIZE: "Size", "大小";
    COLUMN_RTT: "RTT", "RTT";
    DIRECTION_UP: "device to cloud", "上行：设备到云";
    DIRECTION_DOWN: "cloud to device", "下行：云到设备";
    LINK_ENTRY: "link", "链路";
    MALFORMED_ENTRY: "malformed", "畸形报文";
    SEVERITY_INFO: "information", "提示";
    SEVERITY_WARNING: "warning", "警告";
    SEVERITY_ERROR: "error", "错误";

    // Inspector
    INSPECTOR: "Inspector", "检查器";
    INSPECTOR_EMPTY: "Select a row of the log to see its fields and its bytes.",
        "选择一行日志，查看其字段和字节。";
    INSPECTOR_GONE: "This row is no longer kept: the log is full and drops the oldest.",
        "该行已不再保留：日志已满，最早的行被丢弃。";
    FIELDS: "Fields", "字段";
    BYTES: "Bytes", "字节";
    BYTES_NONE: "No bytes: this row is about the link.", "无字节：该行描述的是链路。";
    READING: "Reading", "解读";
    DETAIL_EMPTY: "Point at a field or a byte. Click keeps it.", "指向字段或字节查看；点击固定。";
    DETAIL_RANGE_ONE: "byte {}", "第 {} 字节";
    DETAIL_RANGE: "bytes {}–{}, {} in all", "第 {}–{} 字节，共 {} 字节";
    DETAIL_NO_BYTES: "no bytes", "不占字节";
    DETAIL_BITS: "bits {}–{}", "第 {}–{} 位";
    DETAIL_BIT: "bit {}", "第 {} 位";
    VIEW: "Show as", "显示方式";
    VIEW_BYTES: "Bytes", "字节";
    VIEW_PLATFORM: "Platform layer", "平台层";
    VIEW_NO_PLATFORM: "The platform reads nothing in this payload.", "平台层未解析此载荷。";
    VIEW_TEXT: "Text", "文本";
    VIEW_JSON: "JSON", "JSON";
    VIEW_PAYLOAD: "Payload", "载荷";
    VIEW_CHANGES: "Changes", "变化";
    VIEW_BASE64: "Base64 text", "Base64 文本";
    VIEW_CBOR: "CBOR notation", "CBOR 表示";
    VIEW_MESSAGE_PACK: "MessagePack notation", "MessagePack 表示";
    VIEW_GUESS: "Guess: {}", "推测：{}";
    VIEW_REMEMBERED: "Kept for this topic.", "已为该主题记住。";
    VIEW_FAULT: "Byte {} of the payload: {}", "载荷第 {} 字节：{}";
    VIEW_FOLD: "Fold or unfold", "折叠或展开";
    CHANGES_NONE_BEFORE: "No earlier message on this topic in the log. The next one will be compared with this one.",
        "日志中没有该主题更早的消息。下一条将与本条比较。";
    CHANGES_AGAINST: "Compared with the message of {}", "与 {} 的消息比较";
    CHANGES_SHOW: "Show it", "查看";
    CHANGES_FIELD: "Field", "字段";
    CHANGES_BEFORE: "Before", "之前";
    CHANGES_NOW: "Now", "现在";
    CHANGES_SAME_PAYLOAD: "The payload is the same, byte for byte.", "载荷逐字节相同。";
    CHANGES_BYTES: "The payload differs from its byte {} on:", "载荷自第 {} 字节起不同：";
    CONVERTER: "Converter", "转换器";
    CONVERTER_OF: "bytes {}–{}, {} in all", "第 {}–{} 字节，共 {} 字节";
    CONVERTER_NONE: "Select bytes: drag, or Shift with the arrows.", "选择字节：拖动，或 Shift 加方向键。";
    CONVERTER_SECONDS: "time s", "时间（秒）";
    CONVERTER_MILLIS: "time ms", "时间（毫秒）";
    CONVERTER_BIG: "big-endian", "大端";
    CONVERTER_LITTLE: "little-endian", "小端";
    VIEW_NO_PAYLOAD: "This packet has no payload.", "该报文没有载荷。";
    COPY_BYTES: "Copy bytes", "复制字节";
    COPY_FORMAT: "Copy as", "复制为";
    COPY_AS_HEX: "Hex, spaced", "Hex（带空格）";
    COPY_AS_STREAM: "Hex stream", "Hex（连续）";
    COPY_AS_TEXT: "Text", "文本";
    COPY_AS_JSON: "JSON string", "JSON 字符串";
    COPY_NOT_TEXT: "These bytes are not UTF-8, so they cannot be copied as text.", "这些字节不是 UTF-8，无法复制为文本。";
    COPY_PAYLOAD: "Copy payload", "复制载荷";
    COPY_VALUE: "Copy value", "复制值";
    SECRET_LENT: "A made-up secret was filled in: the simulated platform takes any.",
        "已填入示例密钥：模拟平台接受任意密钥。";
    COPIED: "Copied.", "已复制。";
    COPY_FAILED: "The browser did not let the page copy.", "浏览器不允许页面复制。";
    COPY: "Copy", "复制";
    SECRET_MASKED: "masked", "已隐藏";
    REVEAL_BYTES: "Show secret bytes", "显示敏感字节";
    CONCEAL_BYTES: "Hide secret bytes", "隐藏敏感字节";
    UNCONFIRMED: "not confirmed by the platform's documents", "平台文档未确认";

    // Kinds of fields
    KIND_GROUP: "group", "分组";
    KIND_HEADER: "header", "头部";
    KIND_LENGTH: "length", "长度";
    KIND_IDENTIFIER: "identifier", "标识";
    KIND_PROPERTY: "property", "属性";
    KIND_TEXT: "text", "文本";
    KIND_PAYLOAD: "payload", "载荷";
    KIND_SECRET: "secret", "敏感信息";
    KIND_GAP: "not covered by any field", "无字段覆盖";
    KIND_FAULT: "fault", "故障";

    // Dock
    DOCK: "Tools", "工具";
    COMPOSE: "Compose", "发送";
    COMMANDS: "Commands", "命令";
    TAB_FINDINGS: "{} ({} findings)", "{}（{} 条检查结果）";
    COMMANDS_OPEN: "Commands ({} open)", "命令（{} 待应答）";
    CLOUD: "Cloud side", "云侧";

    // Compose
    MESSAGE_KIND: "Message", "消息";
    MODE: "Edit as", "编辑方式";
    MODE_FORM: "Form", "表单";
    MODE_RAW: "Raw", "原文";
    MODE_HEX: "Hex", "Hex";
    RAW_VARIABLES: "Variables", "变量";
    RAW_VARIABLES_HELP: "Fill in ${…} in topic and payload", "替换主题和载荷中的 ${…}";
    TOPIC: "Topic", "主题";
    PAYLOAD: "Payload", "载荷";
    HEX_EDIT: "Payload, byte by byte: digits type, Enter changes the column, Insert types over",
        "按字节编辑载荷：输入十六进制数字，Enter 切换列，Insert 切换覆盖";
    HEX_EDIT_AT: "at {} · {}", "偏移 {} · {}";
    HEX_EDIT_CHOSEN: "at {} · {} of {} selected", "偏移 {} · 已选 {}，共 {}";
    HEX_SPOKEN: "at {}: {}", "偏移 {}：{}";
    HEX_SPOKEN_IN: "at {}: {}, {}", "偏移 {}：{}，{}";
    HEX_EDIT_INSERT: "Insert", "插入";
    HEX_EDIT_INSERT_HELP: "On: typing pushes bytes on. Off: it writes over them. Key: Insert", "开：插入字节；关：覆盖字节。快捷键：Insert";
    HEX_EDIT_NO_DIGIT: "No hexadecimal: {}", "不是十六进制：{}";
    HEX_EDIT_FULL: "More than {} are not edited byte by byte.", "逐字节编辑最多 {}。";
    PAYLOAD_HEX: "Payload as hex", "载荷（Hex）";
    RAW_FILL: "Take over from the form", "取用表单内容";
    RAW_UNDO: "Undo", "撤销";
    NOT_UTF8: "These bytes are not UTF-8 text, so they stay in the hex view.",
        "这些字节不是 UTF-8 文本，因此保留在 Hex 视图中。";
    HEX_WRONG: "Not hexadecimal: {}", "不是十六进制：{}";
    HEX_NOT_A_DIGIT: "'{}' at character {} is not a hexadecimal digit",
        "“{}”（第 {} 个字符）不是十六进制数字";
    HEX_HALF_BYTE: "half a byte at character {}: two digits make a byte",
        "第 {} 个字符处只有半个字节：两位数字组成一个字节";
    PREVIEW: "Preview", "预览";
    PREVIEW_NONE: "Nothing to send yet: see the findings.", "尚无可发送的内容：请看下方提示。";
    PREVIEW_SIZE: "{} on the wire", "线上 {}";
    PREVIEW_PAYLOAD_EMPTY: "(empty payload)", "（空载荷）";
    PREVIEW_BINARY: "(not text; see the bytes)", "（非文本，见字节）";
    SEND: "Send", "发送";
    SEND_ANYWAY: "Send anyway", "仍然发送";
    SEND_KEY: "Ctrl+Enter", "快捷键 Ctrl+Enter";
    SEND_ASK: "There are findings. Click again to send it as it is.", "存在问题。再次点击将按原样发送。";
    REASON_NOT_CONNECTED: "Not connected: press Connect first.", "未连接：请先点击“连接”。";
    REASON_NO_MESSAGE: "What is typed makes no message yet: see the findings.",
        "当前输入还不能组成消息：请看检查结果。";
    REASON_BAD_HEX: "The hexadecimal is not complete.", "十六进制内容不完整。";
    NO_KINDS: "This platform declares no message that a device sends; use Raw.",
        "该平台未声明设备可发送的消息，请用“原文”。";

    COMPOSE_DEPARTS: "Typed by hand: the form holds another message.", "手动编辑的消息，与表单不同。";
    COMPOSE_RAW_DEPARTS: "Text and hex hold another message, typed by hand.", "文本和十六进制中是另一条手动编辑的消息。";
    LIBRARY: "Templates", "模板";
    LIBRARY_HELP: "Templates and history; Ctrl+Shift+1 to 9 brings a template back", "模板与历史；Ctrl+Shift+1 至 9 调出模板";
    LIBRARY_OTHER_PLATFORM: "This message is another platform's form. Choose that platform first.",
        "该消息是其他平台的表单，请先选择对应平台。";
    TEMPLATE_NAME: "Name", "名称";
    TEMPLATE_FOLDER: "Folder", "文件夹";
    TEMPLATE_SAVE: "Save", "保存";
    TEMPLATE_SAVE_HELP: "Save what is in the composer under this name", "以此名称保存当前编辑内容";
    TEMPLATE_REMOVE: "Delete {}", "删除 {}";
    TEMPLATES: "Templates", "模板";
    TEMPLATES_EMPTY: "Give the message in the composer a name to have it one key away.",
        "为当前消息命名并保存，即可一键调出。";
    HISTORY: "Sent before", "发送历史";
    HISTORY_EMPTY: "What you send is listed here, to be sent again.", "发送过的消息会列在这里，可再次发送。";

    // Commands
    LEDGER_EMPTY: "Requests and their answers will be paired here, with latency and outcome. Send a message, or let the cloud side send one.",
        "请求与应答将在此配对，并显示时延和结果。可先发送一条消息，或从云侧下发。";
    LEDGER_DROPPED: "{} older ones dropped", "已丢弃较早的 {} 条";
    LEDGER_REQUEST: "Request", "请求";
    LEDGER_ID: "Id", "关联标识";
    LEDGER_OPENED: "Opened", "开始";
    LEDGER_LATENCY: "Latency", "时延";
    LEDGER_OUTCOME: "Outcome", "结果";
    LEDGER_FRAMES: "Frames", "报文";
    LEDGER_ASSUMED: "assumed: the platform gives no id, the oldest open request was taken",
        "推定：平台不提供标识，按最早未应答的请求配对";
    SHOW_REQUEST: "Show the request", "查看请求";
    SHOW_REPLY: "Show the answer", "查看应答";
    REPLY: "answer", "应答";
    REQUEST: "request", "请求";
    LEDGER_OPEN: "open", "待应答";
    LEDGER_ACCEPTED: "accepted", "已受理";
    LEDGER_SUCCEEDED: "succeeded", "成功";
    LEDGER_FAILED: "failed", "失败";
    LEDGER_UNANSWERED: "unanswered", "未应答";
    DEADLINE: "{} left of {}", "剩余 {} / {}";
    LEDGER_ACKNOWLEDGED: "Acknowledged", "确认";
    LEDGER_ACKNOWLEDGED_HELP: "MQTT's own acknowledgements at QoS 1 and 2, counted from the request: of the request, of the answer",
        "QoS 1/2 的 MQTT 确认，自请求起计时：请求的确认、应答的确认";
    LEDGER_LATE: "late", "迟到";
    LEDGER_LATE_HELP: "The answer came after the request was given up.", "应答到达时请求已按超时处理。";
    LEDGER_REPEATS: "+{} more", "另有 {} 次";
    LEDGER_REPEATS_HELP: "It was answered more than once; the first answer counts.", "收到多次应答，以第一次为准。";
    LEDGER_PLANNED: "answers by itself in {}", "{} 后自动应答";
    ANSWER: "Answer", "应答";
    ANSWER_TO: "Answer to {}", "应答：{}";
    ANSWER_SEND: "Send answer", "发送应答";
    ANSWER_AUTOMATIC: "Answer by itself", "自动应答";
    ANSWER_AUTOMATIC_HELP: "Requests from the cloud are answered by the rule for their kind. Off: they wait under Commands for you.",
        "收到云端请求后按该类型的规则自动应答。关闭后，请求在“命令”中等待手动应答。";
    ANSWER_NONE: "This platform asks nothing of a device.", "该平台不会向设备发起请求。";

    // Answer rules and periodic reports
    RULES: "Rules", "规则";
    RULES_RUNNING: "Rules ({} running)", "规则（{} 个运行中）";
    RULE_KIND: "Requests of kind", "请求类型";
    RULE_MANNER: "Answered", "应答方式";
    RULE_BY_ITSELF: "by itself", "自动";
    RULE_BY_HAND: "by hand", "手动";
    RULE_DELAY: "After (ms)", "延迟（毫秒）";
    RULE_FAULT: "Deliberate fault", "故意出错";
    RULE_FAULT_NONE: "none", "无";
    RULE_FAULT_NO_ANSWER: "no answer", "不应答";
    RULE_FAULT_LATE: "after the deadline", "超时后应答";
    RULE_FAULT_TWICE: "twice", "应答两次";
    RULE_FAULT_WRONG_ID: "another id", "错误的标识";
    RULE_FAULT_ERROR_CODE: "a code that refuses", "返回错误码";
    VARIABLES: "Variables", "变量";
    VARIABLES_HELP: "In forms, rules and reports. Write $${ for a literal ${.", "可用于表单、规则和上报。字面的 ${ 写作 $${。";
    REPORTS: "Periodic reports", "周期上报";
    REPORT_INTERVAL: "Every (ms)", "间隔（毫秒）";
    REPORT_JITTER: "Jitter (± ms)", "抖动（±毫秒）";
    REPORT_TIMES: "Reports in all", "上报次数";
    REPORT_KEEP_ON: "Go on after the next connection", "重连后继续";
    REPORT_START: "Start", "启动";
    REPORT_RESTART: "Start anew", "重新启动";
    REPORT_STOP: "Stop", "停止";
    REPORT_STOP_KIND: "Stop {}", "停止{}";
    REPORT_STATE: "State", "状态";
    REPORT_NEXT: "Next", "下一次";
    REPORT_SENT: "Sent", "已发送";
    REPORT_RUNNING: "running", "运行中";
    REPORT_WAITING: "waits for a connection", "等待连接";
    REPORT_FINISHED: "finished", "已完成";
    REPORT_STOPPED: "stopped", "已停止";
    REPORT_ENDED: "{}: ended when the engine started anew.", "{}：引擎重新启动后已停止。";
    REPORT_AGAIN: "Start again", "再次启动";
    REPORT_DISMISS: "Dismiss the ended report {}", "关闭已停止的上报：{}";
    REPORT_SKIPPED: "{} left out", "略过 {} 次";
    REPORT_IN: "in {}", "{} 后";
    REPORTS_EMPTY: "No report runs. Variables such as ${walk(20, 30, 0.5)} make values that move.",
        "没有运行中的上报。可用 ${walk(20, 30, 0.5)} 等变量产生变化的值。";
    REPORT_NUMBERS_WRONG: "Interval, jitter and number are whole numbers.", "间隔、抖动和次数应为整数。";

    // Faults
    FAULTS: "Faults", "故障";
    FAULTS_ARMED: "Faults ({} armed)", "故障（{} 个待触发）";
    FAULTS_ONLY_SIMULATED: "Faults on demand belong to the simulated platform. Its broker and its platform do wrong only what you ask for.",
        "按需故障属于模拟平台，仅按您的要求出错。";
    FAULT: "What goes wrong", "故障类型";
    FAULT_DELAY: "an answer or request comes late", "下行消息延迟";
    FAULT_DROP: "an answer or request is lost", "下行消息丢失";
    FAULT_DUPLICATE: "an answer or request comes twice", "下行消息重复";
    FAULT_WRONG_ID: "an answer carries another id", "应答标识错误";
    FAULT_ERROR_CODE: "the device's message is refused with a code", "以错误码拒绝上行消息";
    FAULT_THROTTLE: "the device's message is one too many", "上行消息被限流";
    FAULT_DISCONNECT: "the connection is closed upon the device's message", "收到上行消息后断开连接";
    FAULT_KIND: "Which messages", "消息类型";
    FAULT_ANY: "any", "任意";
    FAULT_MILLIS: "Delay (ms)", "延迟（毫秒）";
    FAULT_CODE: "Code", "错误码";
    FAULT_TIMES: "Times", "次数";
    FAULT_ARM: "Arm", "布置";
    FAULT_NUMBERS_WRONG: "Times, delay and code are whole numbers.", "次数、延迟和错误码应为整数。";
    FAULT_NO_CODES: "This platform's answers carry no code.", "该平台的应答没有错误码。";
    FAULTS_ARMED_TITLE: "Armed", "待触发";
    FAULTS_STRUCK: "Struck", "已触发";
    FAULTS_EMPTY: "Nothing is armed: the platform behaves as its documents say.", "没有布置故障：平台按文档运行。";
    FAULTS_NOT_STRUCK: "Nothing has struck yet.", "尚无触发记录。";
    FAULT_LEFT: "{} left", "剩余 {} 次";
    FAULT_DISARM: "Take back", "撤销";
    FAULT_DISARM_ALL: "Take all back", "全部撤销";
    FAULT_WITHOUT_EFFECT: "without effect: the message carries no id", "无效果：消息没有标识";

    // Cloud side
    CLOUD_EMPTY: "The cloud side is part of the simulated platform. With a broker, use the platform's own console.",
        "云侧是模拟平台的一部分。连接真实 broker 时，请使用平台自己的控制台。";
    CLOUD_CHOOSE_SIMULATED: "Use the simulated platform", "改用模拟平台";
    CLOUD_SEND: "Send to the device", "下发到设备";
    CLOUD_REQUEST: "What an application server would send", "应用服务器实际发送的请求";
    CLOUD_COPY: "Copy as a command", "复制为命令";
    CLOUD_RESPONSE: "Response", "响应";
    CLOUD_RESPONSE_NONE: "None yet: the platform waits for the device, or refused before asking it.",
        "暂无：平台正在等待设备应答，或请求未下发。";
    CLOUD_REQUEST_NONE: "The platform's documents describe no request for this.", "平台文档未描述对应的请求。";
    CLOUD_NO_KINDS: "Nothing can be sent to a device on this platform.", "该平台没有可下发的消息。";
    CLOUD_RESOURCES: "Kept by the platform", "平台上的资源";
    CLOUD_RESOURCES_EMPTY: "Nothing yet. Connect and register to see what the platform keeps.",
        "暂无。连接并注册后可看到平台保存的内容。";
    CLOUD_RECORDS: "What happened on the platform", "平台侧记录";
    CLOUD_RECORDS_EMPTY: "Nothing happened yet.", "暂无记录。";
    CLOUD_CLASS: "Class", "类别";
    CLOUD_NAME: "Name", "名称";
    CLOUD_VALUE: "Value", "值";

    // Compare
    COMPARE: "All platforms", "平台对比";
    COMPARE_READINGS: "Readings, one to a line", "读数，每行一个";
    COMPARE_HELP: "name=value, such as temperature=22.5. Each platform shows the message that it wants for it.",
        "名称=值，例如 temperature=22.5。右侧显示各平台要求的消息。";
    COMPARE_EMPTY: "Type a reading to see it as every platform wants it.", "输入读数，查看各平台要求的消息。";
    COMPARE_WRONG: "Line {}: a name, = and a value are expected.", "第 {} 行：应为“名称=值”。";
    COMPARE_NOTHING: "This reading makes no message here: see the findings.", "该读数无法组成消息：见检查结果。";
    COMPARE_HERE: "this device", "当前设备";
    COPY_TOPIC: "Copy topic", "复制主题";

    // Decode
    DECODE: "Decode", "解码";
    DECODE_TEXT: "Pasted text", "粘贴的文本";
    DECODE_PLACEHOLDER: "Paste hex, a hexdump, a C array, an escaped string, base64, a serial log or AT commands; or drop a file.",
        "粘贴 Hex、十六进制转储、C 数组、转义字符串、base64、串口日志或 AT 命令；也可拖入文件。";
    DECODE_OPEN: "Open a file", "打开文件";
    DECODE_CLEAR: "Clear", "清空";
    DECODE_FILE: "File {}, {}", "文件 {}，{}";
    DECODE_FILE_WRONG: "{} cannot be read: files up to 16 MB are.", "无法读取 {}：仅支持不超过 16 MB 的文件。";
    DECODE_EMPTY: "Every control packet in what you paste will be listed here, with the byte at which it goes wrong. No connection is needed.",
        "粘贴内容中的每个控制报文都会列在这里，并指出出错的字节。无需连接。";
    DECODE_EXAMPLE: "Paste an example", "粘贴示例";
    DECODED_FRAME: "pasted", "粘贴";
    DECODE_ROWS: "Packets found", "找到的报文";
    DECODE_COUNT: "{} rows in {}", "{} 行，共 {}";
    DECODE_COUNT_ONE: "{} row in {}", "{} 行，共 {}";
    DECODING: "Reading what was pasted", "正在解析粘贴的内容";
    DECODING_CUT: "{} of {} cut into packets", "已切分 {} / {}";
    DECODING_READ: "{} of {} packets read", "已解析 {} / {} 个报文";
    DECODE_GIVEN_UP: "Not read to the end: it was given up.", "已取消解析，未得到结果。";
    DECODE_AGAIN: "Read it", "重新解析";
    DECODE_MORE: ", {} more not listed", "，另有 {} 行未列出";
    DECODE_PROBLEMS_MORE: "{} more", "另有 {} 处";
    DECODE_PLACE: "line {}, column {}", "第 {} 行第 {} 列";
    DECODE_LINE: "line {}", "第 {} 行";
    DECODE_BYTE: "byte {}", "字节 {}";
    DECODE_FAULT: "byte {}: {}", "第 {} 字节：{}";
    DECODE_FAULT_PLACE: "byte {} ({}:{}): {}", "第 {} 字节（{}:{}）：{}";
    DECODE_VERSION_GUESS: "MQTT: whichever fits", "MQTT：自动判断";
    DECODE_VERSION_FOUND: "MQTT {} (recognised)", "MQTT {}（自动判断）";
    DECODE_VERSION_OR: "MQTT {} (or {})", "MQTT {}（或 {}）";
    DECODE_DIALECT_GUESS: "Platform: whichever fits", "平台：自动判断";
    DECODE_DIALECT_FOUND: "{} (recognised)", "{}（自动判断）";
    DECODE_DIALECT_KNOWS: "{}: knows {}", "{}：识别 {} 条";
    FORMAT: "Format", "格式";
    FORMAT_GUESS: "Recognise the format", "自动识别格式";
    FORMAT_RECOGNISED: "Recognised: {}", "识别为：{}";
    FORMAT_HEX: "Hex", "Hex";
    FORMAT_HEXDUMP: "Hexdump with offsets", "带偏移的十六进制转储";
    FORMAT_ARRAY: "C array", "C 数组";
    FORMAT_ESCAPED: "Escaped string", "转义字符串";
    FORMAT_BASE64: "Base64 text", "Base64 文本";
    FORMAT_LOG: "Serial log or AT commands", "串口日志或 AT 命令";
    FORMAT_BINARY: "Bytes as they are", "原始字节";
    // Credential workbench
    WORKBENCH: "Credentials", "鉴权";
    WORKBENCH_INPUTS: "What is computed", "计算内容";
    WORKBENCH_CALCULATOR: "Computation", "计算器";
    WORKBENCH_STEPS: "Step by step", "逐步计算";
    WORKBENCH_STEPS_EMPTY: "Nothing to compute yet: see the findings.", "尚无法计算：请看检查结果。";
    WORKBENCH_EMPTY: "(empty)", "（空）";
    WORKBENCH_REVEAL: "Show secrets", "显示敏感信息";
    WORKBENCH_CONCEAL: "Hide secrets", "隐藏敏感信息";
    WORKBENCH_COPY: "Copy: {}", "复制：{}";
    WORKBENCH_CHECK: "Why is it refused?", "为什么被拒绝？";
    WORKBENCH_CHECK_HELP: "Paste what was refused. It is compared with the computed values part by part; an empty field is not compared.",
        "粘贴被拒绝的内容，逐项与计算结果比较；留空的字段不参与比较。";
    WORKBENCH_RIGHT: "No mistake found: this is what is computed here.", "未发现错误：与此处的计算结果一致。";
    WORKBENCH_WRONG: "This will be refused:", "以下内容会被拒绝：";
    WORKBENCH_KEPT: "Computed inside this page, without a connection. What is typed or pasted here is kept in memory only.",
        "在本页面内计算，无需连接。此处输入或粘贴的内容仅保存在内存中。";

    // Above everything
    ENGINE_FAILED: "The engine stopped", "引擎已停止";
    ENGINE_FAILED_HELP: "The connection and the log are gone. What you typed is still here. Please report this text.",
        "连接与日志已丢失，已输入的内容仍在。请反馈以下信息。";
    ENGINE_OTHER_BUILD: "the page speaks seam {}, the engine {}: reload the page",
        "页面与引擎版本不一致（页面 {}，引擎 {}）：请刷新页面";
    PAGE_FAILED: "The page stopped", "页面已停止";
    RELOAD: "Reload", "重新加载";
    RESTART: "Restart the engine", "重启引擎";
    DISMISS: "Dismiss", "关闭";
    NOTICES: "Notices", "通知";
    STORAGE_UNREADABLE: "This version cannot read some of what is stored here; it stays stored.",
        "此版本无法读取部分已保存的内容；这些内容仍保留。";
    STORAGE_UNAVAILABLE: "What you type cannot be kept for the next visit: this browser gives the page no storage.",
        "无法为下次访问保存输入内容：浏览器未向本页面提供存储。";
    STORAGE_REFUSED: "What you type cannot be kept for the next visit: the browser refused, its quota may be used up.",
        "无法为下次访问保存输入内容：浏览器拒绝写入，存储配额可能已用完。";

    // Layout
    RESIZE_DEVICE: "Width of the device panel", "设备面板宽度";
    RESIZE_INSPECTOR: "Width of the inspector", "检查器宽度";
    RESIZE_DOCK: "Height of the tools", "工具区高度";
    RESIZE_TREE: "Width of the fields", "字段区宽度";
    COLLAPSE_INSPECTOR: "Fold the inspector", "收起检查器";
    EXPAND_INSPECTOR: "Unfold the inspector", "展开检查器";
    COLLAPSE_DEVICE: "Fold the device panel", "收起设备面板";
    EXPAND_DEVICE: "Unfold the device panel", "展开设备面板";
    COLLAPSE_DOCK: "Fold the tools", "收起工具区";
    EXPAND_DOCK: "Unfold the tools", "展开工具区";

    // Devices
    DEVICE_MENU: "Devices: more", "设备：更多操作";
    DEVICE_NEW: "New device", "新建设备";
    DEVICE_NUMBERED: "Device {}", "设备 {}";
    DEVICE_RENAME: "Rename device …", "重命名设备…";
    DEVICE_DUPLICATE: "Duplicate device", "复制设备";
    DEVICE_LEFT: "Move device left", "设备左移";
    DEVICE_RIGHT: "Move device right", "设备右移";
    DEVICE_BESIDE: "Show another device's log beside", "并排显示另一设备的日志";
    DEVICE_BESIDE_ONLY: "There is no other device.", "没有其他设备。";
    DEVICE_DELETE: "Delete device …", "删除设备…";
    DEVICE_EXPORT: "Export device …", "导出设备…";
    DEVICE_EXPORT_ALL: "Export all devices …", "导出全部设备…";
    DEVICE_IMPORT: "Import devices …", "导入设备…";
    DEVICE_NEXT: "Next device", "下一个设备";
    DEVICE_BEFORE: "Previous device", "上一个设备";
    DEVICE_NAME: "Name", "名称";
    DEVICE_NAME_HELP: "Empty: the tab shows what the identity starts with.", "留空则标签显示设备身份的第一项。";
    DEVICE_SAVE: "Save", "保存";
    DEVICE_UNREAD: "{} new", "{} 条新消息";
    DEVICE_FAILED: "connection failed", "连接失败";
    DEVICE_OPEN: "{} open", "{} 待应答";
    DELETE_ASK: "Delete “{}”?", "删除“{}”？";
    DELETE_HELP: "Its connection ends, and its log, its drafts and its settings are gone.",
        "连接将断开，其日志、草稿和设置都会被删除。";
    DELETE: "Delete", "删除";
    EXPORT: "Export", "导出";
    EXPORT_HELP: "A file with platform, identity, connection settings and drafts.",
        "文件包含平台、设备身份、连接参数和草稿。";
    EXPORT_SECRETS: "With secrets, as plain text", "包含密钥（明文）";
    EXPORT_SECRETS_HELP: "Whoever gets the file can connect as this device.", "拿到文件的人可以冒充该设备连接。";
    IMPORTED: "Devices imported: {}.", "已导入 {} 个设备。";
    IMPORTING: "Importing devices", "正在导入设备";
    IMPORTING_COUNT: "{} of {} devices", "已导入 {} / {} 个设备";
    IMPORT_GIVEN_UP: "The import was given up: no device was added.", "已取消导入：未添加任何设备。";
    IMPORT_FAILED: "The browser could not read the file.", "浏览器无法读取该文件。";
    IMPORT_TOO_LARGE: "The file has {} bytes, more than the {} that are read.", "文件有 {} 字节，超过上限 {} 字节。";
    IMPORT_UNREADABLE: "The file is damaged: line {}, column {} is not what stands there in an export.",
        "文件已损坏：第 {} 行第 {} 列不符合导出格式。";
    IMPORT_OTHER: "The file was not exported by this console.", "该文件不是由本控制台导出的。";
    IMPORT_NEWER: "The file has version {}, this console reads up to {}: reload the page for a newer one.",
        "文件版本为 {}，本控制台最高支持 {}：请刷新页面获取新版本。";
    IMPORT_EMPTY: "The file holds no device of a platform that this console knows.", "文件中没有本控制台支持的平台设备。";
    IMPORT_TOO_MANY: "The file holds {} devices; {} more fit. Delete some first.", "文件含 {} 个设备，仅能再容纳 {} 个，请先删除一些。";
    DEVICES_FULL: "No more than {} devices fit.", "最多容纳 {} 个设备。";
    COPY_OF: "{} (copy)", "{}（副本）";
    BESIDE: "Log of {}", "{} 的日志";
    BESIDE_CLOSE: "Close", "关闭";
    BESIDE_GO: "Go to this device", "切换到该设备";
    KEEP_SECRETS: "Keep secrets on this computer", "在本机保存密钥";
    KEEP_SECRETS_ON: "Stored unencrypted in this browser's local storage.", "以明文保存在本浏览器的本地存储中。";
    KEEP_SECRETS_OFF: "In memory only, gone when this tab closes.", "仅保存在内存中，关闭标签页即清除。";

    // Commands and keys
    PALETTE: "Commands", "命令面板";
    PALETTE_OPEN: "Find a command", "查找命令";
    PALETTE_TYPE: "Type to find a command, a device, a message or a platform", "输入以查找命令、设备、消息或平台";
    PALETTE_NONE: "Nothing is called that.", "没有匹配的命令。";
    SHORTCUTS: "Keyboard shortcuts", "键盘快捷键";
    SHORTCUTS_PLAIN: "Keys without Ctrl or ⌘", "启用不带 Ctrl / ⌘ 的单键";
    SHORTCUTS_PLAIN_HELP: "They work where no text is typed.", "在未输入文字时有效。";
    SHORTCUTS_LISTS: "In log, fields and bytes: arrows move, Enter selects, Esc goes back. In tabs and menus: arrows, Home, End.",
        "在日志、字段和字节中：方向键移动，Enter 选中，Esc 返回。标签和菜单：方向键、Home、End。";
    THEN: "then", "然后";
    CLOSE: "Close", "关闭";
    GROUP_DEVICE: "Device", "设备";
    GROUP_GO: "Go to", "转到";
    GROUP_LOG: "Log", "日志";
    GROUP_MESSAGE: "Message", "消息";
    GROUP_PAGE: "Page", "页面";
    GROUP_PLATFORM: "Platform", "平台";
    ACTION_CONNECT: "Connect or disconnect", "连接 / 断开";
    ACTION_GO_DEVICE: "Go to the device panel", "转到设备面板";
    ACTION_GO_LOG: "Go to the log", "转到日志";
    ACTION_GO_INSPECTOR: "Go to the inspector", "转到检查器";
    ACTION_GO_DOCK: "Go to the tools", "转到工具区";
    ACTION_GO_PANEL: "Open {}", "打开“{}”";
    ACTION_FILTER: "Filter the log", "筛选日志";
    ACTION_FOLLOW: "Follow the newest row", "跟随最新一行";
    ACTION_CLEAR: "Clear the log", "清空日志";
    ACTION_SEND: "Send the message", "发送消息";
    ACTION_FOLD_DEVICE: "Fold or unfold the device panel", "收起 / 展开设备面板";
    ACTION_FOLD_DOCK: "Fold or unfold the tools", "收起 / 展开工具区";
    ACTION_FOLD_INSPECTOR: "Fold or unfold the inspector", "收起 / 展开检查器";
    ACTION_TEMPLATES: "Show templates and history", "显示模板与历史";
    ACTION_PAUSE: "Pause or resume the log", "暂停 / 继续日志";
    ACTION_MARK: "Mark the selected row", "标记选中的行";
    ACTION_MARK_NEXT: "Go to the next mark", "转到下一个标记";
    ACTION_MARK_PREVIOUS: "Go to the previous mark", "转到上一个标记";
    ACTION_TIME: "Jump to a time", "跳转到时间";
    ACTION_EXPORT_LOG: "Export the log", "导出日志";
    ACTION_COPY_BYTES: "Copy the selected bytes", "复制选中的字节";
    ACTION_IN_LOG: "{} (in the log)", "{}（在日志中）";
    ACTION_TEMPLATE: "Bring back the template of that number", "调出该序号的模板";
    REASON_NO_ROW: "Select a row first.", "请先选中一行。";
    REASON_NO_BYTES: "Select a field or bytes first.", "请先选中字段或字节。";
    REASON_NO_MARK: "No row is marked.", "没有已标记的行。";
    ACTION_THEME: "Change the theme", "切换主题";
    ACTION_LANGUAGE: "切换到中文", "Switch to English / 切换到英文";
    ACTION_LAYOUT: "Reset the layout", "恢复默认布局";
    ACTION_GUIDE: "First steps", "入门步骤";

    // First steps
    GUIDE: "First steps", "入门步骤";
    GUIDE_CONNECT: "Connect to the simulated platform", "连接模拟平台";
    GUIDE_REGISTER: "Register the device", "注册设备";
    GUIDE_COMMAND: "Let the cloud send a command", "让云侧下发命令";
    GUIDE_ANSWER: "See the answer, down to the bit", "逐位查看应答";
    GUIDE_DO_CONNECT: "Connect", "连接";
    GUIDE_DO_REGISTER: "Register", "注册";
    GUIDE_DO_COMMAND: "Send a command", "下发命令";
    GUIDE_DO_ANSWER: "Show the answer", "查看应答";
    GUIDE_DONE: "That is a whole round trip. Next: type your device's identity, or choose Broker.",
        "这就是一次完整的往返。接下来可填写自己的设备身份，或选择“服务器”。";
    GUIDE_STEP_DONE: "done", "已完成";
    GUIDE_SKIP: "Skip", "跳过";
    GUIDE_FINISH: "Finish", "完成";
    GUIDE_WAIT: "waiting …", "等待中…";
}
