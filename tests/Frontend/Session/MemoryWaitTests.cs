using System.Text;
using Postfleet.Core.Units;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>Sessions whose message waits until the memory of another one is free.</summary>
public sealed class MemoryWaitTests
{
    // Room for a message that is set apart, and a tenth beside.
    private static readonly SmtpOptions OneMessageAtATime = new()
    {
        MaxMessageSize = new ByteSize(1_000_000),
        MaxBodyMemory = new ByteSize(1_100_000),
    };

    [Fact]
    public async Task A_message_that_waits_for_memory_for_too_long_is_refused_for_now_and_the_session_goes_on()
    {
        var world = new World(OneMessageAtATime);
        await using var holder = await HolderAsync(world);
        await using var waiter = await InDataAsync(world);
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
    public async Task A_client_that_leaves_while_it_waits_for_memory_gives_up_its_place_at_once()
    {
        var world = new World(OneMessageAtATime);
        await using var holder = await HolderAsync(world);
        await using var waiter = await InDataAsync(world);
        await waiter.SendAsync(new string('x', 900_000));
        Assert.Equal(1, world.Memory.Waiting);
        waiter.Finish();
        await waiter.ExpectEndAsync();
        Assert.Equal(0, world.Memory.Waiting);
    }

    [Fact]
    public async Task Content_that_comes_while_its_session_waits_for_memory_is_kept()
    {
        var world = new World(OneMessageAtATime);
        await using var holder = await HolderAsync(world);
        await using var waiter = await InDataAsync(world);
        await waiter.SendAsync(new string('a', 300_000));
        await waiter.SendAsync(new string('b', 10));
        await waiter.SendAsync("\r\n.\r\n");
        await holder.SendAsync("\r\n.\r\n");
        await holder.ExpectAsync("250 2.0.0 *");
        await waiter.ExpectAsync("250 2.0.0 *");
        var content = Encoding.ASCII.GetString(System.Buffers.BuffersExtensions.ToArray(world.Spool.Stored[1].Content.Octets));
        Assert.EndsWith(new string('a', 300_000) + new string('b', 10) + "\r\n", content, StringComparison.Ordinal);
    }

    /// <summary>A pipe gives octets that were examined only with new ones: the command would wait until the client says more.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_command_behind_content_that_waits_for_memory_is_answered(bool isInOnePiece)
    {
        var world = new World(OneMessageAtATime);
        await using var holder = await HolderAsync(world);
        await using var waiter = await InDataAsync(world);
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

    // Takes the memory that there is, until its message ends.
    private static async Task<MemoryClient> HolderAsync(World world)
    {
        var holder = await InDataAsync(world);
        await holder.SendAsync(new string('x', 900_000));
        return holder;
    }

    private static async Task<MemoryClient> InDataAsync(World world)
    {
        var client = new MemoryClient(world);
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n");
        await client.ExpectAsync("220 *", "250 mx.example.org", "250 2.1.0 Ok", "250 2.1.5 Ok", "354 *");
        return client;
    }
}
