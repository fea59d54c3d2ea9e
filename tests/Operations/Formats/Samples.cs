using System.Net;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Users;
using Postfleet.Operations.Book;
using Postfleet.Operations.Messages;
using static Postfleet.Testing.Formats.SampleValues;

namespace Postfleet.Operations.Tests.Formats;

/// <summary>
/// The fixed records behind the golden bytes. Never change a released one: add a new sample, with a file of its own, for a new field.
/// </summary>
internal static class Samples
{
    private static readonly ActionOrder Order = new(
        ActionKind.Bounce,
        new ActionSelector("bulk:*", "*.example.org", "bulk", "default|mx*", "@news.example", First, "app1"), "wrong campaign", "ada",
        At.AddHours(1));

    private static readonly ActionOrder Simple = new(ActionKind.Suspend, ActionSelector.None with { Domain = "example.org" }, "", "", null);

    private static readonly ActionOrder MoveToRoute =
        new(ActionKind.Move, ActionSelector.None with { Site = "default|mx*" }, "throttled", "ada", null) { ToRoute = "backup" };

    private static readonly ActionOrder MoveToStream =
        new(ActionKind.Move, ActionSelector.None with { User = "app1" }, "", "ada", null) { ToStream = "slow" };

    private static readonly ActionView View = new(17, Order, At, ActionState.Running, null, 12, 3_000_000_000);

    private static readonly ActionView Counted = View with { Held = 2, Suspended = 3, Resumed = 4, IsAtLeast = true };

    private static readonly ActionView Ended = new(18, Simple, At, ActionState.Cancelled, At.AddMinutes(1), 0, 0);

    /// <summary>By the name of the golden file, which begins with the manifest.</summary>
    public static readonly IReadOnlyDictionary<string, IProtocolMessage> All = new Dictionary<string, IProtocolMessage>
    {
        ["aor1"] = new ActionOrdered(17, Order, At),
        ["aor1-simple"] = new ActionOrdered(18, Simple, At),
        ["aor1-route"] = new ActionOrdered(19, MoveToRoute, At),
        ["aor1-stream"] = new ActionOrdered(20, MoveToStream, At),
        ["aad1"] = new ActionAdvanced(17, "default:example.org", 12, 3_000_000_000),
        ["aad1-counts"] = new ActionAdvanced(17, "", 12, 30)
        {
            Held = 2,
            Suspended = 3,
            Resumed = 4,
            IsAtLeast = true,
            IsCounted = true,
            Seen = [-5, 6],
        },
        ["aen1"] = new ActionEnded(17, ActionState.Done, At),
        ["apc1"] = new ActionsPiece(1, true, 18, [new KeptAction(View, "default:example.org"), new KeptAction(Ended, "")]),
        ["apc1-counts"] = new ActionsPiece(
            0, true, 18, [new KeptAction(Counted, "") { IsCounted = true, Seen = [-5, 6] }]),
        ["oac1"] = new OrderAction(Order),
        ["cac1"] = new CancelAction(17),
        ["gac1"] = new GetActions(0, 18, 50),
        ["aan1"] = new ActionAnswer([View, Ended], ""),
        ["aan1-counts"] = new ActionAnswer([Counted], ""),
        ["aan1-problem"] = new ActionAnswer([], "1000 actions stand or run"),
        ["gsu1"] = new GetSuspensions(9),
        ["sul1"] = new SuspensionList(10, [Ended]),
        ["sul1-moves"] = new SuspensionList(10, [])
        {
            Redirections = [new ActionView(19, MoveToRoute, At, ActionState.Standing, null, 0, 0)],
        },
        ["lgb1"] = new LoginBatch(
        [
            new LoginReport(new UInt128(0x0102030405060708, 0xf1f2f3f4f5f6f7f8), true, IPAddress.Parse("192.0.2.0"), false),
            new LoginReport(0, false, IPAddress.Parse("2001:db8::"), false),
            new LoginReport(1, true, IPAddress.Parse("2001:db8::"), true),
        ]),
    };
}
