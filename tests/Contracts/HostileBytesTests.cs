using System.Runtime.Serialization;
using Akka.Actor;
using Google.Protobuf;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Serialization;
using Postfleet.Core.Mail;
using Xunit;

namespace Postfleet.Contracts.Tests;

/// <summary>
/// Bytes that are not ours, or of a newer version, are refused with a word about why; they never become a half-read event.
/// </summary>
public sealed class HostileBytesTests : IAsyncLifetime
{
    private readonly ActorSystem _system = ActorSystem.Create("hostile", PostfleetSerialization.Config);

    private PostfleetSerializer Serializer => new((ExtendedActorSystem)_system);

    [Fact]
    public void An_unknown_manifest_is_named()
    {
        var error = Assert.Throws<SerializationException>(() => Serializer.FromBinary([], "qev99"));
        Assert.Contains("'qev99'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_object_without_a_format_is_named()
    {
        var error = Assert.Throws<SerializationException>(() => Serializer.ToBinary(new Uri("urn:x")));
        Assert.Contains("System.Uri", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reply_out_of_its_bounds_is_refused()
    {
        var message = new Wire.SiteUnavailable { Queue = "default:x", Reply = new() { Code = 99 } };
        Assert.Throws<SerializationException>(() => Serializer.FromBinary(message.ToByteArray(), "sun1"));
    }

    [Fact]
    public void An_unknown_stage_of_a_reply_is_read_as_unknown()
    {
        var message = new Wire.SiteUnavailable { Queue = "default:x", Reply = new() { Code = 450, Stage = (Wire.ReplyStage)99 } };
        var read = Assert.IsType<SiteUnavailable>(Serializer.FromBinary(message.ToByteArray(), "sun1"));
        Assert.Equal(ReplyStage.Unknown, read.Reply.Stage);
    }

    [Fact]
    public void Attempts_that_do_not_pair_with_ids_are_refused()
    {
        var message = new Wire.OutcomesAcknowledged { Attempts = new() { Messages = { 1, 2, 3 }, Attempts = { 1 } } };
        Assert.Throws<SerializationException>(() => Serializer.FromBinary(message.ToByteArray(), "oak1"));
    }

    [Fact]
    public void Bytes_of_another_format_are_refused() =>
        Assert.Throws<SerializationException>(() => Serializer.FromBinary([0xff, 0xff, 0xff], "crg1"));

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();
}
