using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Node.Logging;
using Postfleet.Node.Options;
using Xunit;

namespace Postfleet.Node.Tests.Logging;

/// <summary>Tests from a source-generated event through the framework's logger factory to the written line.</summary>
public sealed class LineLoggerProviderTests
{
    private readonly GatedOutput _output = new GatedOutput().Open();
    private readonly FakeTimeProvider _time = new(LogGen.Now);

    [Fact]
    public async Task Named_event_is_logged_as_name_and_fields_without_its_message() => Assert.Equal(
        "2026-11-23T04:48:00.123Z info admin listening endpoint=127.0.0.1:8025",
        Assert.Single(await LinesOf(logger => NodeLog.AdminListening(logger, "127.0.0.1:8025"))));

    [Fact]
    public async Task Event_with_a_message_equal_to_its_name_is_logged_as_its_name() =>
        Assert.Equal("2026-11-23T04:48:00.123Z info stopped", Assert.Single(await LinesOf(NodeLog.Stopped)));

    [Fact]
    public async Task Event_without_fields_is_logged_with_its_message() => Assert.Equal(
        "2026-11-23T04:48:00.123Z fatal actor system ended message=\"the actor system has ended unexpectedly; the node stops\"",
        Assert.Single(await LinesOf(TestEvents.ActorSystemEnded)));

    [Fact]
    public async Task Event_without_a_name_is_logged_with_category_and_message() => Assert.Equal(
        "2026-11-23T04:48:00.123Z warn LineLoggerProviderTests size=5 message=\"it has 5 bytes\"",
#pragma warning disable CA1848, CA2254, CA1873 // The way of other people's libraries.
        Assert.Single(await LinesOf(logger => logger.LogWarning("it has {Size} bytes", 5))));
#pragma warning restore CA1848, CA2254, CA1873

    [Fact]
    public async Task A_peers_lines_stay_inside_one_line()
    {
        const string Forged = "joined\r\n2026-11-23T04:48:00.123Z info accepted messageId=forged";

        var line = Assert.Single(await LinesOf(logger => TestEvents.Akka(logger, LogLevel.Warning, null, "akka://postfleet", Forged)));

        var parsed = LineParser.Parse(line + "\n");
        Assert.Equal("akka", parsed.Event);
        Assert.Equal([("source", "akka://postfleet"), ("message", Forged)], parsed.Fields);
    }

    [Fact]
    public async Task An_exception_stays_inside_one_line()
    {
        var cause = Assert.Throws<InvalidOperationException>(void () => throw new InvalidOperationException("first\nsecond"));

        var line = Assert.Single(await LinesOf(logger => TestEvents.Akka(logger, LogLevel.Error, cause, "akka://postfleet", "failed")));

        Assert.Equal(cause.ToString(), LineParser.Parse(line + "\n").Fields[^1].Value);
    }

    [Fact]
    public async Task Json_line_has_the_category_and_the_fields()
    {
        var line = Assert.Single(
            await LinesOf(logger => TestEvents.Akka(logger, LogLevel.Warning, null, "akka://postfleet", "joined"), isJson: true));

        using var json = JsonDocument.Parse(line);
        Assert.Equal(
            ["time", "level", "event", "category", "source", "message"], json.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal("LineLoggerProviderTests", json.RootElement.GetProperty("category").GetString());
    }

    [Theory]
    [InlineData(false, "2026-11-23T04:48:00.123Z warn lines dropped lines=3")]
    [InlineData(true, """{"time":"2026-11-23T04:48:00.123Z","level":"warn","event":"lines dropped","category":"Log","lines":3}""")]
    public async Task Dropped_lines_are_logged_as_an_event(bool isJson, string expected)
    {
        var output = new GatedOutput();
        var provider = new LineLoggerProvider(output, isJson ? LogFormat.Json : LogFormat.Text, _time);
        var logger = provider.CreateLogger("Node");
        NodeLog.Stopped(logger);
        await output.Started;
        for (var i = 0; i < LineWriter.Capacity + 3; i++) NodeLog.Stopped(logger);
        output.Open();

        await provider.DisposeAsync();

        Assert.Equal(expected, Assert.Single(output.Lines, line => line.Contains("dropped", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_factorys_end_is_not_the_logs()
    {
        await using var provider = new LineLoggerProvider(_output, LogFormat.Text, _time);
        var factory = LoggerFactory.Create(logging => logging.AddProvider(provider));
        var logger = factory.CreateLogger("Node");
        factory.Dispose();

        NodeLog.Stopped(logger);
        await provider.DisposeAsync();

        Assert.Single(_output.Lines);
    }

    private async Task<string[]> LinesOf(Action<ILogger> log, bool isJson = false)
    {
        await using (var provider = new LineLoggerProvider(_output, isJson ? LogFormat.Json : LogFormat.Text, _time))
        {
            using var factory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(provider));
            log(factory.CreateLogger<LineLoggerProviderTests>());
        }

        return _output.Lines;
    }
}
