using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Contracts;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.OpenApi;

/// <summary>Examples of the OpenAPI document, made of the records themselves.</summary>
internal static class ApiExamples
{
    private const string Queue = "default:example.org";

    private const string Node = "postfleet-0.postfleet:4053";

    private const string Site = "default|mx1.example.net";

    private const string Message = "01KB8Z3N7Q0000000000000000";

    private const string Reply = "452 4.2.2 mailbox full";

    private static readonly DateTimeOffset At = new(2026, 11, 29, 18, 0, 0, TimeSpan.Zero);

    private static readonly SelectorView Selector = new(Stream: "bulk", Domain: "*.example.org");

    private static readonly ActionDetail Action = new(
        "17", "suspend", Selector, "the provider asked for a pause", "admin", At, At.AddHours(4), "standing", null, 12, 40_000);

    private static readonly QueueView QueueOfList = new(Queue, 412, 415, 400, 10, 0, 2, At, At.AddMinutes(5), Reply, Site, Node);

    private static readonly WhyView Why = new(
        "site-unavailable", null, At.AddMinutes(-20), At.AddMinutes(10), null, "421 4.7.0 try later",
        "the site could not be reached: 421 4.7.0 try later");

    private static readonly WaitingView[] Next =
        [new(Message, "deferred", At.AddMinutes(10), 2, 1, At.AddMinutes(-10), Reply, "mx1.example.net [192.0.2.1]")];

    private static readonly UserView User = new(
        "shop@example.org", false, true, false, false, ["*@example.org"], ["bulk"], "10/s", "5000/d", "200/d",
        [new AppPasswordView("printer", At.AddDays(90))], null, 17, At);

    private static readonly DkimKeyView Key = new(
        "example.org", "s2026", "", "ed25519-sha256", "waiting", "s2026._domainkey.example.org",
        ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="], null, At, null, null, null, null, null);

    private static readonly SuppressionView Suppression = new(
        "ann@example.net", "stream:bulk", "unknown-user", "rule", At, At.AddDays(90), true);

    private static readonly DkimKeyView ActiveKey = Key with { State = "active", PublishedAt = At.AddHours(1), SignsFrom = At.AddHours(2) };

    private static readonly Dictionary<string, JsonNode?> Answers = new()
    {
        ["getCluster 200"] = Write(
            new ClusterView(
                Node, Node, true,
                [new NodeStatus(Node, [NodeRoles.Delivery, NodeRoles.Frontend, NodeRoles.Queue], "Up", "0.1.0", true, 1,
                    new Dictionary<string, RegionView> { ["domain-queue"] = new(100, 412) })],
                [new SingletonView("hand-off sweeper", NodeRoles.Queue, Node)], true, []),
            ApiJson.Default.ClusterView),
        ["reload 200"] = Write(
            new ReloadView([new NodeReloadView(Node, ["Admin:Tokens", "Metrics:Domains"], ["Admin:Endpoint"], [])], true, []),
            ApiJson.Default.ReloadView),
        ["listQueues 200"] = Write(
            new QueueList(
                new QueueTotalsView(412, 415, 400, 10, 0, 2), 1, new ThroughputView(52.1, 49.9, 1.2), new UnclaimedView(0, 0, null, true),
                [QueueOfList], null, true, []),
            ApiJson.Default.QueueList),
        ["getQueue 200"] = Write(
            new QueueDetail(
                Queue, 412, 415, 400, 10, 0, 2, At, At.AddMinutes(5), Reply, Site, Node, 600,
                Why,
                new ActivityView(At.AddHours(-3), new CountsView(0, 180, 912), new CountsView(12, 30, 31), new CountsView(0, 1, 4)), Next),
            ApiJson.Default.QueueDetail),
        ["resolve 200"] = Write(
            new ResolveView(
                Queue, "deliver", null, JsonNames.Write(TargetKind.Mx), Site, [new HostView("mx1.example.net", 10)], 25, 300, null,
                null, null, [], [], new TlsPolicyView("mta-sts", "enforce", ["*.example.net"], At.AddDays(7))),
            ApiJson.Default.ResolveView),
        ["listDestinations 200"] = Write(
            new DestinationList(
                1, [new DestinationView(Site, null, 1, 400, 20, 20, 0, 0, 20, "50/s", 0, null, null, Node)],
                [new SourceView(DestinationId.DefaultSource, null, 1, 0, 0, 0, 400, 20, 20, null, null)], null, true, []),
            ApiJson.Default.DestinationList),
        ["getDestination 200"] = Write(
            new DestinationDetail(
                Site, Node, Why with { Constraint = "sending", LastReply = null, Text = "1 message is being sent, 400 wait here" },
                [], null, null, 400, 1, 12, 0, 0, At,
                new QueueTotalsView(412, 415, 400, 10, 1, 1), 1,
                [new ConnectionView(
                    3, "sending", 12.5, 0.2, "mx1.example.net [192.0.2.1]", "198.51.100.4", "TLSv1.3,TLS_AES_256_GCM_SHA384,verified", 40,
                    Message, Queue)],
                [new ReplyView(At, 12, Reply, "mx1.example.net [192.0.2.1]")], [QueueOfList], [new TurnView(Queue, 400, 12, 0)],
                [new StreamTurnView(QueueKey.DefaultStream, 1, 1, 400, 12, 0, null)], true, []),
            ApiJson.Default.DestinationDetail),
        ["listCaptured 200"] = Write(
            new CapturedList([new CapturedView(Message, Queue, At, "news@example.com", ["user@example.org"], 1234, "News")]),
            ApiJson.Default.CapturedList),
        ["deleteCaptured 200"] = Write(new CapturedDeletion(1), ApiJson.Default.CapturedDeletion),
        ["deleteAllCaptured 200"] = Write(new CapturedDeletion(12), ApiJson.Default.CapturedDeletion),
        ["listRoutes 200"] = Write(new RouteList([new RouteView("backup"), new RouteView("relay-2")]), ApiJson.Default.RouteList),
        ["listActions 200"] = Write(new ActionList([Action], null, true, []), ApiJson.Default.ActionList),
        ["orderAction 200"] = Write(new ActionCount(12, 40_000, true, [], 85), ApiJson.Default.ActionCount),
        ["orderAction 202"] = Write(Action, ApiJson.Default.ActionDetail),
        ["getAction 200"] = Write(Action, ApiJson.Default.ActionDetail),
        ["cancelAction 200"] = Write(Action with { State = "cancelled", EndedAt = At.AddHours(1) }, ApiJson.Default.ActionDetail),
        ["listSuppressions 200"] = Write(new SuppressionList([Suppression], null, true, []), ApiJson.Default.SuppressionList),
        ["putSuppression 200"] = Write(
            Suppression with { Scope = "all", Reason = "asked", Source = "api:crm", ExpiresAt = null }, ApiJson.Default.SuppressionView),
        ["importSuppressions 200"] = Write(new SuppressionCount(998, 2, true), ApiJson.Default.SuppressionCount),
        ["deleteSuppression 200"] = Write(new SuppressionDeletion("ann@example.net", "all"), ApiJson.Default.SuppressionDeletion),
        ["listDkimKeys 200"] = Write(new DkimKeyList([ActiveKey], null, true, []), ApiJson.Default.DkimKeyList),
        ["getDkimKey 200"] = Write(ActiveKey with { Dns = "published" }, ApiJson.Default.DkimKeyView),
        ["createDkimKey 201"] = Write(Key, ApiJson.Default.DkimKeyView),
        ["activateDkimKey 200"] = Write(ActiveKey with { PublishedAt = null }, ApiJson.Default.DkimKeyView),
        ["retireDkimKey 200"] = Write(
            ActiveKey with { State = "retired", RetiredAt = At.AddDays(90), KeepRecordUntil = At.AddDays(104) },
            ApiJson.Default.DkimKeyView),
        ["listUsers 200"] = Write(new UserList([User], null, true, []), ApiJson.Default.UserList),
        ["getUser 200"] = Write(User with { Used = new UserUse(412, 17) }, ApiJson.Default.UserView),
        ["resetUserLimits 200"] = Write(User with { Used = new UserUse(0, 0) }, ApiJson.Default.UserView),
        ["putUser 200"] = Write(User, ApiJson.Default.UserView),
        ["putUser 201"] = Write(User with { AppPasswords = [] }, ApiJson.Default.UserView),
        ["deleteUser 200"] = Write(new UserDeletion(User.Name), ApiJson.Default.UserDeletion),
        ["putAppPassword 200"] = Write(
            new NewAppPassword(User.Name, "printer", "example-of-a-password", At.AddDays(90)), ApiJson.Default.NewAppPassword),
        ["deleteAppPassword 200"] = Write(User with { AppPasswords = [] }, ApiJson.Default.UserView),
        ["sendMessage 202"] = Write(new InjectionAnswer(Message, 3), ApiJson.Default.InjectionAnswer),
        ["listMessages 200"] = Write(
            new MessageList(
                [new MessageView(Message, "user@example.org", "news@example.com", Queue, "deferred", At, Reply, "mailbox-full",
                    "mx1.example.net [192.0.2.1]")],
                null, true, []),
            ApiJson.Default.MessageList),
        ["getMessage 200"] = Write(
            new MessageTimeline(
                Message, "news@example.com",
                new AcceptanceView(At, 1234, "192.0.2.7", "shop.example.com", "", "<1@example.com>", "[::]:25", "TLSv1.3",
                    "TLS_AES_256_GCM_SHA384", "shop", At, 0, null, null, new Dictionary<string, string> { ["order"] = "4711" }),
                [Queue], [new PartView(Queue, "deferred", At.AddMinutes(10), 2, Reply, Why)],
                [
                    new EventView(At, "accepted", "user@example.org", Queue, 0, null, null, "", null, null, null),
                    new EventView(
                        At.AddSeconds(1), "deferred", "user@example.org", Queue, 1, Reply, "mailbox-full", "mx1.example.net [192.0.2.1]",
                        new AttemptView("192.0.2.1", "198.51.100.4", "TLSv1.3", "TLS_AES_256_GCM_SHA384", 0.8), null, null),
                ],
                true),
            ApiJson.Default.MessageTimeline),
    };

    private static readonly Dictionary<string, JsonNode?> Requests = new()
    {
        ["orderAction"] = Write(
            new ActionRequest("suspend", Selector, "the provider asked for a pause", "4h"), ApiJson.Default.ActionRequest),
        ["putSuppression"] = Write(
            new SuppressionBody("ann@example.net", Reason: "asked", Expires: "90d"), ApiJson.Default.SuppressionBody),
        ["importSuppressions"] = Write(
            new SuppressionImport([new SuppressionBody("ann@example.net"), new SuppressionBody("example.com", "stream:bulk")]),
            ApiJson.Default.SuppressionImport),
        ["createDkimKey"] = Write(new DkimKeyBody("example.org", "s2026", "ed25519"), ApiJson.Default.DkimKeyBody),
        ["putUser"] = Write(
            new UserBody(
                Addresses: ["*@example.org"], Streams: ["bulk"], MaxRate: "10/s", MaxRecipients: "5000/d", MaxNewRecipients: "200/d")
            {
                Password = "correct horse battery staple",
            },
            ApiJson.Default.UserBody),
        ["putAppPassword"] = Write(new AppPasswordBody("90d"), ApiJson.Default.AppPasswordBody),
        ["sendMessage"] = Write(
            new InjectionRequest(
                "bounces@example.com", ["user@example.org"],
                Headers: new Dictionary<string, string> { ["From"] = "Shop <news@example.com>", ["Subject"] = "Your order" },
                Text: "Thank you.", Html: "<p>Thank you.</p>",
                Attachments: [new AttachmentBody("order.txt", [.. "12 apples"u8], "text/plain")], IdempotencyKey: "order-4711",
                SendAt: "2026-11-30T08:00:00+01:00", Priority: 3, DeliverBy: new("notify", Time: "2026-11-30T12:00:00+01:00"),
                Metadata: new Dictionary<string, string> { ["order"] = "4711" }),
            ApiJson.Default.InjectionRequest),
    };

    /// <summary>The example of an answer; null for a route whose answer is no JSON.</summary>
    public static JsonNode? Answer(string route, string status) => Answers.GetValueOrDefault($"{route} {status}")?.DeepClone();

    /// <summary>The example of a request.</summary>
    public static JsonNode? Request(string route) => Requests.GetValueOrDefault(route)?.DeepClone();

    private static JsonNode? Write<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToNode(value, type);
}
