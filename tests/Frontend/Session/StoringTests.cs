using Postfleet.Core.Queueing;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;
using static Postfleet.Frontend.Tests.Fixtures.Dialogue;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>Storing the content behind DATA: the reply follows the commit.</summary>
public sealed class StoringTests
{
    [Theory]
    [InlineData(StoreStatus.InsufficientStorage, "452 4.3.1 *")]
    [InlineData(StoreStatus.Unavailable, "451 4.3.0 *")]
    [InlineData(StoreStatus.SigningKeyMissing, "451 4.3.5 Mail of this domain cannot be signed at present")]
    public async Task A_message_that_is_not_stored_gets_a_temporary_error(StoreStatus status, string reply)
    {
        var worlds = await ReplayAsync($"{UpToData}C: hi\nC: .\nS: {reply}{NextTransaction}", () =>
        {
            var world = new World();
            world.Submission.Result = new StoreResult(status);
            return world;
        });
        Assert.All(worlds, world => Assert.Empty(world.Submission.Stored));
        Assert.All(worlds, world => Assert.Single(world.Log.Of("not stored")));
    }

    [Fact]
    public async Task A_message_that_no_key_can_sign_is_refused()
    {
        var worlds = await ReplayAsync($"{UpToData}C: hi\nC: .\nS: 554 5.6.0 Mail must be signed here*{NextTransaction}", () =>
        {
            var world = new World();
            world.Submission.Result = new StoreResult(StoreStatus.Unsignable);
            return world;
        });
        Assert.All(worlds, world => Assert.Empty(world.Submission.Stored));
    }

    [Fact]
    public async Task The_354_waits_while_queues_are_behind()
    {
        var world = new World();
        var room = new TaskCompletionSource();
        world.Submission.Capacity = room.Task;
        await using var client = new MemoryClient(world);
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\n");
        await client.ExpectAsync("220 *", "250 *", "250 *", "250 *");
        await client.SendAsync("DATA\r\n");
        await world.Submission.Asked;
        client.ExpectSilence();
        room.SetResult();
        await client.ExpectAsync("354 *");
        await client.SendAsync("hi\r\n.\r\n");
        await client.ExpectAsync("250 2.0.0 Ok: queued as *");
    }

    [Fact]
    public async Task The_250_comes_after_the_commit()
    {
        var world = new World();
        world.Submission.Hold();
        await using var client = new MemoryClient(world);
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\nhi\r\n.\r\nNOOP\r\n");
        await client.ExpectAsync("220 *", "250 *", "250 *", "250 *", "354 *");
        await world.Submission.Arrived;
        // The client's time limit is suspended during the commit.
        world.Time.Advance(TimeSpan.FromHours(1));
        client.ExpectSilence();
        Assert.Empty(world.Submission.Stored);
        Assert.Empty(world.Log.Of("accepted"));
        world.Submission.Release();
        await client.ExpectAsync("250 2.0.0 Ok: queued as *", "250 2.0.0 Ok");
        Assert.Single(world.Submission.Stored);
        Assert.Single(world.Log.Of("accepted"));
    }

    [Fact]
    public async Task An_unfinished_message_is_dropped()
    {
        var world = new World();
        await using var client = new MemoryClient(world);
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\nhi\r\n.\r");
        client.Finish();
        await client.ExpectAsync("220 *", "250 *", "250 *", "250 *", "354 *");
        await client.ExpectEndAsync();
        Assert.Empty(world.Submission.Stored);
    }
}
