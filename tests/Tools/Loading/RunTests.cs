using System.Text.Json;
using Postfleet.Testing;
using Postfleet.Tools.Loading;
using Xunit;
using DnsResponder = Postfleet.Tools.Loading.DnsResponder;

namespace Postfleet.Tools.Tests.Loading;

public sealed class RunTests : IDisposable
{
    private readonly Sink _sink = new();
    private readonly DnsResponder _dns = new(1);
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    /// <inheritdoc/>
    public void Dispose()
    {
        _sink.Dispose();
        _dns.Dispose();
        _output.Dispose();
        _errors.Dispose();
    }

    [Fact]
    public async Task Run_straight_to_the_sink_delivers_all_messages()
    {
        var port = _sink.Start(0);
        var result = await RunAsync(Plan(port) with { SinkPort = port, Recipients = 3 }, _sink, isGood: true);
        Assert.Equal("", _errors.ToString());
        AssertCounts(result, ("messages", 200), ("refused", 0), ("unanswered", 0), ("missing", 0), ("duplicates", 0), ("truncated", 0),
            ("foreign", 0));
        // The messages of the warm-up are not counted.
        AssertCounts(result, ("sink_connections", 5), ("dns_queries", 0));
        foreach (var rate in (string[])["accepted", "end_to_end", "tool_cpu_us"])
            Assert.True(result.GetProperty(rate).GetDouble() > 0, rate);
        foreach (var share in (string[])["p50", "p99", "p999", "max"])
        {
            Assert.True(result.GetProperty("accept_ms").GetProperty(share).GetDouble() >= 0, share);
            Assert.Equal(JsonValueKind.Number, result.GetProperty("deliver_ms").GetProperty(share).ValueKind);
        }
    }

    [Fact]
    public async Task Run_without_a_sink_has_no_delivery_figures()
    {
        await using var server = new SmtpSink();
        var result = await RunAsync(Plan(server.Port), sink: null, isGood: true);
        Assert.Equal((200, ""), (server.Messages.Count, _errors.ToString()));
        AssertCounts(result, ("messages", 200), ("refused", 0), ("unanswered", 0));
        Assert.DoesNotContain(
            result.EnumerateObject(), each => each.Name is "end_to_end" or "deliver_ms" or "missing" or "duplicates" or "sink_connections");
    }

    [Fact]
    public async Task Server_that_loses_mail_is_detected()
    {
        await using var server = new SmtpSink();
        var result = await RunAsync(
            Plan(server.Port) with { SinkPort = _sink.Start(0), Stall = TimeSpan.FromSeconds(3) }, _sink, isGood: false);
        var accepted = server.Messages.Count;
        AssertCounts(result, ("missing", accepted), ("duplicates", 0));
        Assert.StartsWith($"{accepted} missing", _errors.ToString().Split(", ")[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_refuses_is_quoted()
    {
        await using var server = new SmtpSink(new SinkOptions
        {
            Script = step => step.Stage == SinkStage.Recipient
            ? SinkAction.Reply("550 5.1.1 nobody") : SinkAction.Accept
        });
        var result = await RunAsync(Plan(server.Port), sink: null, isGood: false);
        AssertCounts(result, ("refused", 200));
        Assert.Equal(0, result.GetProperty("accepted").GetDouble());
        Assert.Equal(JsonValueKind.Null, result.GetProperty("accept_ms").ValueKind);
        Assert.Equal("200 refused; the first fault: 550 5.1.1 nobody", _errors.ToString().Trim());
    }

    private static Plan Plan(int port) => new()
    {
        Port = port,
        Messages = 200,
        Sessions = 5,
        Octets = 300,
    };

    private static void AssertCounts(JsonElement result, params (string Name, int Count)[] counts) =>
        Assert.Equal(counts, counts.Select(each => (each.Name, result.GetProperty(each.Name).GetInt32())));

    private async Task<JsonElement> RunAsync(Plan plan, Sink? sink, bool isGood)
    {
        Assert.Equal(isGood, await new Run(plan, sink, _dns).RunAsync(_output, _errors).WaitAsync(TimeSpan.FromMinutes(2)));
        return JsonDocument.Parse(_output.ToString()).RootElement;
    }
}
