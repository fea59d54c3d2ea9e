using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Frontend.Filters;
using Postfleet.Frontend.Filters.Hooks;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Frontend.Tests.Filters;

/// <summary>When a hook that answers nobody is left out.</summary>
public sealed class HookPulseTests(HookPeer hook) : IClassFixture<HookPeer>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly FilterOptions Options = new()
    {
        Name = "hook",
        Url = "http://filter.test/",
        Protocol = FilterProtocol.Hooks,
        OnFailure = FilterFailure.Accept,
    };

    private readonly FakeTimeProvider _time = new(World.Noon);
    private readonly RecordingLogger _log = new();
    private int _asked;
    private bool _answers;
    private Exception? _fault;

    [Fact]
    public void It_is_left_out_until_it_answers()
    {
        var pulse = NewPulse(Options);
        Assert.False(pulse.IsHung);
        pulse.TimedOut();
        pulse.TimedOut();
        Assert.True(pulse.IsHung);
        Assert.Equal(2, _asked);
        _time.Advance(FilterWatch.Pause);
        Assert.True(pulse.IsHung);
        Assert.Equal(3, _asked);
        _answers = true;
        // Asked again only after the pause.
        Assert.True(pulse.IsHung);
        _time.Advance(FilterWatch.Pause);
        _ = pulse.IsHung;
        Assert.False(pulse.IsHung);
        Assert.Equal(4, _asked);
        Assert.Single(_log.Of("filter hangs"));
        Assert.Single(_log.Of("filter answers again"));
    }

    [Fact]
    public void It_is_asked_again_after_a_question_that_failed()
    {
        var pulse = NewPulse(Options);
        _fault = new InvalidOperationException("odd");
        pulse.TimedOut();
        Assert.True(pulse.IsHung);
        Assert.Single(_log.Of("filter question failed"));
        (_fault, _answers) = (null, true);
        _time.Advance(FilterWatch.Pause);
        _ = pulse.IsHung;
        Assert.False(pulse.IsHung);
    }

    [Fact]
    public void One_that_answers_stays()
    {
        _answers = true;
        var pulse = NewPulse(Options);
        pulse.TimedOut();
        Assert.False(pulse.IsHung);
        Assert.Equal(1, _asked);
        Assert.Empty(_log.Of("filter hangs"));
    }

    [Theory]
    [InlineData(FilterFailure.Defer)]
    [InlineData(FilterFailure.Refuse)]
    public void One_without_which_no_mail_passes_is_not_asked(FilterFailure failure)
    {
        var pulse = NewPulse(Options with { OnFailure = failure });
        pulse.TimedOut();
        Assert.False(pulse.IsHung);
        Assert.Equal(0, _asked);
    }

    [Fact]
    public async Task Any_status_is_an_answer() =>
        Assert.True(await new HookClient(hook.Options(), TimeProvider.System).AnswersAsync(Limit));

    [Fact]
    public async Task Mail_does_not_wait_for_a_frozen_hook_again()
    {
        // The kernel accepts the connections, as that of a stopped process does.
        using var frozen = new TcpListener(IPAddress.Loopback, 0);
        frozen.Start();
        var options = Options with
        {
            Url = $"http://{frozen.LocalEndpoint}/",
            Stages = "mail rcpt data",
            CommandTimeout = TimeSpan.FromMilliseconds(200),
            ContentTimeout = TimeSpan.FromMilliseconds(200),
        };
        var world = new World(time: TimeProvider.System, filters: [options]);
        await SendAsync(world);
        await Eventually.True(() => world.Log.Of("filter hangs").Count == 1, Limit, "the hook is left out");
        var failures = world.Log.Of("filter failed").Count;
        for (var i = 0; i < 3; i++) await SendAsync(world);
        Assert.Equal(failures, world.Log.Of("filter failed").Count);
        Assert.Equal(4, world.Submission.Stored.Count);
    }

    private static async Task SendAsync(World world)
    {
        await using var client = new MemoryClient(world);
        await client.ReadLineAsync();
        foreach (var command in (string[])["HELO c", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "DATA", "Subject: x\r\n\r\nhi\r\n."])
        {
            await client.SendAsync($"{command}\r\n");
            Assert.Matches("^[23]", await client.ReadLineAsync());
        }
    }

    private HookPulse NewPulse(FilterOptions options) => new(
        options,
        _ =>
        {
            _asked++;
            return _fault is null ? Task.FromResult(_answers) : Task.FromException<bool>(_fault);
        },
        _time, _log);
}
