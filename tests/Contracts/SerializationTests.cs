using Akka.Actor;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Serialization;
using Postfleet.Testing.Formats;
using Xunit;

namespace Postfleet.Contracts.Tests;

/// <summary>The formats that an actor system has, and the check at start that none is missing.</summary>
public sealed class SerializationTests
{
    private static readonly Codec Format = Note("nte1", "old");

    [Fact]
    public async Task An_actor_system_with_a_format_for_each_message_passes_the_check()
    {
        var system = FormatSystems.Create([Format]);
        SerializationCheck.Verify(system, [typeof(SerializationTests).Assembly]);
        await system.Terminate();
    }

    [Fact]
    public async Task A_message_without_a_format_is_named_by_the_check()
    {
        var system = FormatSystems.Create([]);
        SerializationCheck.Verify(system, []);
        var error = Assert.Throws<InvalidOperationException>(
            () => SerializationCheck.Verify(system, [typeof(SerializationTests).Assembly]));
        Assert.Contains(typeof(Message).ToString(), error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        await system.Terminate();
    }

    [Fact]
    public async Task An_actor_system_without_the_serializer_fails_the_check()
    {
        var system = ActorSystem.Create("bare", "akka { loglevel = OFF, stdout-loglevel = OFF }");
        var error = Assert.Throws<InvalidOperationException>(() => SerializationCheck.Verify(system, []));
        Assert.Contains("not to PostfleetSerializer", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        await system.Terminate();
    }

    [Fact]
    public void A_manifest_with_two_formats_is_named() => Assert.Contains(
        "'nte1'", Assert.Throws<InvalidOperationException>(() => new FormatTable([Format, Format])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_changed_format_is_written_and_the_old_one_is_still_read()
    {
        var table = new FormatTable([Format, Note("nte2", "new")]);
        Assert.Equal("nte2", table.Find(typeof(Message))!.Manifest);
        Assert.Equal(new Message("old"), table.Find("nte1")!.Read([]));
        Assert.Equal(new Message("new"), table.Find("nte2")!.Read([]));
    }

    private static Codec<Message, Wire.Reply> Note(string manifest, string read) =>
        new(manifest, message => new Wire.Reply { Text = message.Text }, Wire.Reply.Parser, _ => new Message(read));

    private sealed record Message(string Text) : IProtocolMessage;
}
