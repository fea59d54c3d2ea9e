using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Inbound;

/// <summary>
/// Five filters stand in front of a node under load, and die, hang and lie in turn: each message that was acknowledged arrives once with
/// every change, and the others were deferred or refused as configured.
/// </summary>
public sealed class FilterDrillTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Filters_die_hang_and_lie_under_load_and_no_mail_is_lost_or_doubled()
    {
        await using var sink = new SmtpSink(new SinkOptions { KeepContent = true });
        await using var filters = new FilterPeers();
        await filters.StartAsync();
        await using var node = new PostfleetNode(new NodeSpec
        {
            Routes = [("*", $"smtp://127.0.0.1:{sink.Port}")],
            Configure = json =>
            {
                json["Filters"] = filters.ToJson();
                // Refused mail counts as errors of the client.
                json["Smtp"] = new JsonObject { ["MaxErrors"] = 1000 };
            },
        });
        await node.StartAsync();
        await using var load = new FilterLoad(node.Relay, clients: 6);
        var drill = new Drill(load, sink);
        await drill.AcknowledgedAsync(20);
        for (var round = 0; round < TestSize.Choose(1, 5); round++) await drill.RunAsync(filters);
        await drill.AcknowledgedAsync(TestSize.Choose(300, 3_000) - load.Acknowledged.Count());
        await load.StopAsync();
        var acknowledged = load.Acknowledged.ToList();
        await sink.WaitForAsync(2 * acknowledged.Count, Limit);
        await node.WaitEmptyAsync(Limit);
        output.WriteLine(
            $"{acknowledged.Count} acknowledged, {sink.Deliveries - 2 * acknowledged.Count} deliveries missing, {sink.Duplicates} twice; " +
            $"{load.Deferrals.Count} deferrals, {load.Ends.Count - acknowledged.Count} refused");
        CheckArrivals(sink, acknowledged);
        CheckReplies(load);
        // Rspamd and the hook were away for a part of the messages.
        Assert.Contains(sink.Messages, message => Text(message).Contains("\r\nX-Spamd-Result: ", StringComparison.Ordinal));
    }

    private static void CheckArrivals(SmtpSink sink, IReadOnlyList<int> acknowledged)
    {
        Assert.Equal((2 * acknowledged.Count, 0L), (sink.Deliveries, sink.Duplicates));
        var messages = sink.Messages.ToLookup(message => message.Id);
        foreach (var n in acknowledged)
        {
            Assert.False(FilterLoad.IsInfected(n), $"the infected message {n} was accepted");
            var id = FilterLoad.IdOf(n);
            Assert.Equal((1, 1, 0), (Count("keep"), Count("copy"), Count("gone")));
            foreach (var message in messages[id])
            {
                Assert.Equal("new@example.org", message.ReversePath);
                var text = Text(message);
                Assert.Contains($"\r\nX-Doer: {n}\r\n", text, StringComparison.Ordinal);
                Assert.Contains($"\r\nSubject: changed {n}\r\n", text, StringComparison.Ordinal);
                Assert.Contains("DKIM-Signature: v=1; a=rsa-sha256;", text, StringComparison.Ordinal);
                Assert.Contains("\r\nX-Virus-Status: Clean\r\n", text, StringComparison.Ordinal);
                Assert.EndsWith($"\r\n\r\nbody of {n}\r\n", text, StringComparison.Ordinal);
            }

            int Count(string name) => sink.Count(id, string.Create(CultureInfo.InvariantCulture, $"{name}.{n}@drill.test"));
        }
    }

    private static void CheckReplies(FilterLoad load)
    {
        Assert.All(load.Deferrals, reply => Assert.Matches("^4[25]1 4\\.7\\.[01] (Service unavailable|.*try again)", reply));
        foreach (var (n, reply) in load.Ends.Where(end => end.Value[0] == '5'))
        {
            // ClamAV's milter refuses mail when it fails.
            if (reply == "554 5.7.1 Service unavailable") continue;
            if (FilterLoad.IsUnsolicited(n)) Assert.Equal("554 5.7.1 Gtube pattern", reply);
            else Assert.StartsWith(FilterLoad.IsInfected(n) ? "550 5.7.1 Infected with" : "no refusal", reply, StringComparison.Ordinal);
        }

        Assert.Contains(load.Ends, end => FilterLoad.IsUnsolicited(end.Key) && end.Value[0] == '5');
        Assert.Contains(load.Ends, end => FilterLoad.IsInfected(end.Key));
    }

    private static string Text(SinkMessage message) => Encoding.Latin1.GetString(message.Content!);

    // One round of faults. Each waits for its effect on the mail, and for the end of the effect.
    private sealed class Drill(FilterLoad load, SmtpSink sink)
    {
        public async Task RunAsync(FilterPeers filters)
        {
            await DeferredAsync(filters.Doer.KillAsync, filters.Doer.StartAsync);
            await DeferredAsync(() => Signalled(filters.Doer, Signal.Stop), () => Signalled(filters.Doer, Signal.Continue));
            await filters.Doer.KillAsync();
            await using (new FilterLiar(filters.Doer.Port))
                await DeferredAsync(() => Task.CompletedTask, () => Task.CompletedTask, more: 0);
            await filters.Doer.StartAsync();
            await AcknowledgedAsync(5);
            await DeferredAsync(filters.OpenDkim.KillAsync, filters.OpenDkim.StartAsync);
            await RefusedAsync(filters.ClamAv);
            await PassedAsync(() => Signalled(filters.Hook, Signal.Stop), () => Signalled(filters.Hook, Signal.Continue));
            if (TestSize.IsFull) await PassedAsync(filters.Hook.KillAsync, filters.Hook.StartAsync);
            await filters.Rspamd.KillAsync();
            await AcknowledgedAsync(20);
            await filters.Rspamd.StartAsync();
        }

        public Task AcknowledgedAsync(int more)
        {
            var aim = load.Acknowledged.Count() + more;
            return Eventually.True(
                () => Task.FromResult(load.Acknowledged.Count() >= aim), Limit,
                () => $"{load.Acknowledged.Count()} of {aim} messages acknowledged; {string.Join(", ", load.Deferrals.TakeLast(3))}");
        }

        private static Task Signalled(FilterPeer peer, Signal signal)
        {
            peer.Send(signal);
            return Task.CompletedTask;
        }

        private async Task DeferredAsync(Func<Task> begin, Func<Task> end, int more = 5)
        {
            var before = load.Deferrals.Count;
            await begin();
            await Eventually.True(() => load.Deferrals.Count >= before + 3, Limit, "no mail was deferred");
            await end();
            await AcknowledgedAsync(more);
        }

        private async Task RefusedAsync(FilterPeer peer)
        {
            var before = Refused();
            await peer.KillAsync();
            await Eventually.True(() => Refused() >= before + 3, Limit, "no mail was refused");
            await peer.StartAsync();
            await AcknowledgedAsync(5);

            int Refused() => load.Ends.Values.Count(reply => reply == "554 5.7.1 Service unavailable");
        }

        // Mail passes the hook without its change meanwhile, and with it afterwards.
        private async Task PassedAsync(Func<Task> begin, Func<Task> end)
        {
            await begin();
            var (without, with) = (Hooked(false), 0);
            await Eventually.True(() => Hooked(false) >= without + 3, Limit, "no mail passed without the hook");
            await end();
            with = Hooked(true);
            await Eventually.True(() => Hooked(true) >= with + 3, Limit, "no mail has the change of the hook");

            int Hooked(bool has) => sink.Messages.Count(
                message => Text(message).Contains("\r\nX-Hooked: ", StringComparison.Ordinal) == has);
        }
    }
}
