using System.Runtime.Serialization;
using Akka.Actor;
using CsCheck;
using Google.Protobuf;
using Postfleet.Contracts.Events;
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
    public void An_event_of_an_unknown_kind_is_refused()
    {
        var batch = new Wire.QueueEventBatch { Events = { new Wire.QueueEvent() } };
        Assert.ThrowsAny<SerializationException>(() => Serializer.FromBinary(batch.ToByteArray(), "qev1"));
    }

    [Fact]
    public void An_unknown_end_of_an_attempt_is_refused()
    {
        var batch =
            new Wire.QueueEventBatch { Events = { new Wire.QueueEvent { AttemptEnded = new() { Result = (Wire.AttemptResult)99 } } } };
        Assert.ThrowsAny<SerializationException>(() => Serializer.FromBinary(batch.ToByteArray(), "qev1"));
    }

    [Fact]
    public void A_reply_out_of_its_bounds_is_refused()
    {
        var message = new Wire.SiteUnavailable { Queue = "default:x", Reply = new() { Code = 99 } };
        Assert.Throws<SerializationException>(() => Serializer.FromBinary(message.ToByteArray(), "sun1"));
    }

    [Fact]
    public void An_unknown_stage_of_a_reply_is_taken_for_none_since_it_decides_nothing()
    {
        var message = new Wire.SiteUnavailable { Queue = "default:x", Reply = new() { Code = 450, Stage = (Wire.ReplyStage)99 } };
        var read = Assert.IsType<SiteUnavailable>(Serializer.FromBinary(message.ToByteArray(), "sun1"));
        Assert.Equal(ReplyStage.Unknown, read.Reply.Stage);
    }

    [Fact]
    public void A_damaged_row_of_the_journal_is_told_from_one_of_a_newer_version()
    {
        var piece = new Wire.CheckpointPiece { Entries = { new Wire.CheckpointEntry { LastReply = 1 } } }.ToByteArray();
        var row = Assert.IsType<UnreadableRow>(Serializer.FromBinary(piece, "ckp1"));
        Assert.Equal(("ckp1", piece), (row.Manifest, row.Bytes));
        Assert.IsType<UnreadableRow>(Serializer.FromBinary([0xff, 0xff, 0xff], "qev1"));
        // The same bytes from a peer are refused.
        Assert.Throws<SerializationException>(() => Serializer.FromBinary([0xff, 0xff, 0xff], "enq1"));
    }

    [Fact]
    public void Attempts_that_do_not_pair_with_ids_are_refused()
    {
        var message = new Wire.OutcomesAcknowledged { Attempts = new() { Messages = { 1, 2, 3 }, Attempts = { 1 } } };
        Assert.Throws<SerializationException>(() => Serializer.FromBinary(message.ToByteArray(), "oak1"));
    }

    [Fact]
    public void Any_bytes_are_read_or_refused_but_nothing_else()
    {
        var manifests = ProtocolGen.Messages.Values.Select(gen => Serializer.Manifest(gen.Single())).ToArray();
        Gen.Select(Gen.OneOf(manifests), Gen.Byte.Array[0, 200]).Sample(
            (manifest, bytes) =>
            {
                try
                {
                    Assert.NotNull(Serializer.FromBinary(bytes, manifest));
                }
                catch (SerializationException)
                {
                    // Refused, as it should be; any other exception fails the test.
                }
            },
            iter: 5_000);
    }

    [Fact]
    public void Damaged_bytes_are_read_or_refused_but_nothing_else()
    {
        var gen = Gen.OneOf([.. ProtocolGen.Messages.Values]);
        Gen.Select(gen, Gen.Int[0, int.MaxValue], Gen.Byte).Sample(
            (message, place, value) =>
            {
                var bytes = Serializer.ToBinary(message);
                if (bytes.Length == 0) return;
                bytes[place % bytes.Length] = value;
                try
                {
                    Assert.NotNull(Serializer.FromBinary(bytes, Serializer.Manifest(message)));
                }
                catch (SerializationException)
                {
                    // As above.
                }
            },
            iter: 2_000);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();
}
