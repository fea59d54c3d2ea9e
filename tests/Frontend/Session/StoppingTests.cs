using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>Sessions while the server stops.</summary>
public sealed class StoppingTests
{
    [Fact]
    public async Task Stopping_ends_an_idle_session_at_once()
    {
        var world = new World();
        await using var client = new MemoryClient(world);
        await client.ExpectAsync("220 *");
        client.Session.Stop();
        await client.ExpectAsync("421 4.3.2 Service shutting down");
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Stopping_lets_a_message_finish()
    {
        var world = new World();
        await using var client = await MemoryClient.InDataAsync(world);
        await client.SendAsync("hi\r\n");
        client.Session.Stop();
        client.ExpectSilence();
        await client.SendAsync("there\r\n.\r\n");
        await client.ExpectAsync("250 2.0.0 Ok: queued as *", "421 4.3.2 Service shutting down");
        await client.ExpectEndAsync();
        Assert.Single(world.Submission.Stored);
    }

    [Fact]
    public async Task Stopping_lets_a_transaction_finish_with_its_next_commands()
    {
        var world = new World();
        await using var client = new MemoryClient(world);
        await client.ExpectAsync("220 *");
        await client.SendAsync("EHLO c\r\n");
        while (await client.ReadLineAsync() is { } line && !line.StartsWith("250 ", StringComparison.Ordinal))
        {
        }

        await client.SendAsync("MAIL FROM:<a@x.test>\r\n");
        await client.ExpectAsync("250 2.1.0 Ok");
        client.Session.Stop();
        client.ExpectSilence();
        await client.SendAsync("RCPT TO:<b@y.test>\r\n");
        await client.ExpectAsync("250 2.1.5 Ok");
        await client.SendAsync("DATA\r\n");
        await client.ExpectAsync("354 *");
        await client.SendAsync("hi\r\n.\r\n");
        await client.ExpectAsync("250 2.0.0 Ok: queued as *", "421 4.3.2 Service shutting down");
        await client.ExpectEndAsync();
        Assert.Single(world.Submission.Stored);
    }

    [Fact]
    public async Task Stopping_ends_a_transaction_without_a_command_after_five_seconds()
    {
        var world = new World();
        await using var client = new MemoryClient(world);
        await client.ExpectAsync("220 *");
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\n");
        await client.ExpectAsync("250 mx.example.org", "250 2.1.0 Ok");
        client.Session.Stop();
        world.Time.Advance(TimeSpan.FromSeconds(4));
        client.ExpectSilence();
        world.Time.Advance(TimeSpan.FromSeconds(2));
        await client.ExpectAsync("421 4.4.2 Timeout, closing connection");
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Stopping_waits_for_a_commit()
    {
        var world = new World();
        world.Submission.Hold();
        await using var client = await MemoryClient.InDataAsync(world);
        await client.SendAsync("hi\r\n.\r\n");
        client.Session.Stop();
        client.ExpectSilence();
        world.Submission.Release();
        await client.ExpectAsync("250 2.0.0 Ok: queued as *", "421 4.3.2 Service shutting down");
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task An_aborted_session_stores_nothing()
    {
        var world = new World();
        await using var client = await MemoryClient.InDataAsync(world);
        await client.SendAsync("hi\r\n");
        await client.AbortAsync();
        await client.ExpectEndAsync();
        Assert.Empty(world.Submission.Stored);
    }
}
