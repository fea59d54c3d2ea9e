using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Frontend.Filters;
using Postfleet.Frontend.Filters.Hooks;
using Postfleet.Frontend.Filters.Protocol;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Frontend.Tests.Filters;

/// <summary>Requests to a hook that get no connection.</summary>
public sealed class HookConnectionTests(HookPeer hook) : IClassFixture<HookPeer>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new(World.Noon);

    [Fact]
    public async Task A_request_for_which_no_connection_is_free_does_not_switch_the_hook_off()
    {
        var options = hook.Options("/fail/data/hangs", onFailure: FilterFailure.Accept) with { MaxConnections = 1 };
        var client = new HookClient(options, _time);
        using var leaves = new CancellationTokenSource();
        await hook.RequestsAsync();
        var first = PostAsync(client, TimeSpan.FromHours(1), leaves.Token);
        await Eventually.True(async () => (await hook.RequestsAsync()).Count > 0, Limit, "the hook has the first request");
        var failure = await FailureAsync(PostAsync(client, Limit, default));
        Assert.Equal(FilterFault.Busy, failure.Fault);
        var watch = new FilterWatch(options, _time, new RecordingLogger());
        watch.Failed(failure, isOpening: true);
        Assert.False(watch.IsPaused);
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
    }

    [Fact]
    public async Task A_hook_with_which_no_connection_begins_cannot_be_reached()
    {
        // Accepts the connection, and says nothing in TLS.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = $"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/";
        var failure = await FailureAsync(PostAsync(new HookClient(hook.Options() with { Url = url }, _time), Limit, default));
        Assert.Equal(FilterFault.Unreachable, failure.Fault);
    }

    private static Task PostAsync(HookClient client, TimeSpan limit, CancellationToken cancellationToken)
    {
        var request = new HookRequest("{\"context\":{\"stage\":\"data\"}}"u8.ToArray(), default, default);
        return client.PostAsync(request, limit, null, cancellationToken).AsTask();
    }

    private async Task<FilterException> FailureAsync(Task post)
    {
        await Eventually.Done(post, () => _time.Advance(Limit), "the client gives up");
        return await Assert.ThrowsAsync<FilterException>(() => post);
    }
}
