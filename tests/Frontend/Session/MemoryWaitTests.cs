using System.Text;
using Postfleet.Core.Units;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>Sessions whose message waits for memory held by another message.</summary>
public sealed class MemoryWaitTests
{
    // The spare for one message, and a tenth of a message more.
    private static readonly SmtpOptions OneMessageAtATime = new()
    {
        MaxMessageSize = new ByteSize(1_000_000),
        MaxBodyMemory = new ByteSize(1_100_000),
    };

    [Fact]
    public async Task A_message_that_waits_too_long_for_memory_gets_452_and_the_session_continues()
    {
        var world = new World(OneMessageAtATime);
        await using var holder = await HolderAsync(world);
        await using var waiter = await MemoryClient.InDataAsync(world);
        await waiter.SendAsync(new string('x', 900_000));
        Assert.Equal(1, world.Memory.Waiting);
        world.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(0, world.Memory.Waiting);
        waiter.ExpectSilence();
        await waiter.SendAsync("\r\n.\r\nNOOP\r\n");
        await waiter.ExpectAsync("452 4.3.1 Insufficient system storage", "250 2.0.0 Ok");
        await holder.SendAsync("\r\n.\r\n");
        await holder.ExpectAsync("250 2.0.0 *");
    }

    [Fact]
    public async Task A_client_that_leaves_ends_its_wait_for_memory()
    {
        var world = new World(OneMessageAtATime);
        await using var holder = await HolderAsync(world);
        await using var waiter = await MemoryClient.InDataAsync(world);
        await waiter.SendAsync(new string('x', 900_000));
        Assert.Equal(1, world.Memory.Waiting);
        waiter.Finish();
        await waiter.ExpectEndAsync();
        Assert.Equal(0, world.Memory.Waiting);
    }

    [Fact]
    public async Task Content_that_arrives_during_the_wait_for_memory_is_kept()
    {
        var world = new World(OneMessageAtATime);
        await using var holder = await HolderAsync(world);
        await using var waiter = await MemoryClient.InDataAsync(world);
        await waiter.SendAsync(new string('a', 300_000));
        await waiter.SendAsync(new string('b', 10));
        await waiter.SendAsync("\r\n.\r\n");
        await holder.SendAsync("\r\n.\r\n");
        await holder.ExpectAsync("250 2.0.0 *");
        await waiter.ExpectAsync("250 2.0.0 *");
        var content = Encoding.ASCII.GetString(System.Buffers.BuffersExtensions.ToArray(world.Submission.Stored[1].Content.Octets));
        Assert.EndsWith(new string('a', 300_000) + new string('b', 10) + "\r\n", content, StringComparison.Ordinal);
    }

    /// <summary>
    /// A pipe returns examined octets again only together with new octets: the command would wait for the client's next input.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_command_behind_content_is_answered_after_the_wait_for_memory(bool isInOnePiece)
    {
        var world = new World(OneMessageAtATime);
        await using var holder = await HolderAsync(world);
        await using var waiter = await MemoryClient.InDataAsync(world);
        var content = new string('a', 300_000);
        const string Rest = "\r\n.\r\nNOOP\r\n";
        if (isInOnePiece)
        {
            await waiter.SendAsync(content + Rest);
        }
        else
        {
            await waiter.SendAsync(content);
            await waiter.SendAsync(Rest);
        }

        Assert.Equal(1, world.Memory.Waiting);
        await holder.SendAsync("\r\n.\r\n");
        await holder.ExpectAsync("250 2.0.0 *");
        await waiter.ExpectAsync("250 2.0.0 *", "250 2.0.0 Ok");
    }

    // A message holds the memory until its end.
    private static async Task<MemoryClient> HolderAsync(World world)
    {
        var holder = await MemoryClient.InDataAsync(world);
        await holder.SendAsync(new string('x', 900_000));
        return holder;
    }
}
