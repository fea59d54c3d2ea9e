using Google.Protobuf;
using Postfleet.Contracts.Persistence;
using Postfleet.Contracts.Serialization;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Formats;
using Postfleet.Testing.Formats;
using Xunit;
using AttemptResult = Postfleet.Contracts.Wire.AttemptResult;

namespace Postfleet.QueueActors.Tests.Formats;

/// <summary>The formats of the queues' journal rows and of the messages between hand-off and queues.</summary>
public sealed class QueueFormatTests() : FormatContract(
    typeof(QueueFormats).Assembly, QueueFormats.All, Samples.All, ProtocolGen.Messages)
{
    [Fact]
    public void Every_kind_of_event_has_a_generator()
    {
        var kinds = typeof(IQueueEvent).Assembly.GetTypes()
            .Where(type => type is { IsAbstract: false } && typeof(IQueueEvent).IsAssignableFrom(type));
        Assert.Equal(kinds.Select(kind => kind.Name).Order(), ProtocolGen.Events.Keys.Select(kind => kind.Name).Order());
    }

    [Fact]
    public void The_attempts_of_a_connection_share_its_texts()
    {
        var events = Enumerable.Range(1, 50).Select(attempt => new AttemptEnded(
            SampleValues.First, attempt, SampleValues.At, Core.Queueing.AttemptResult.Attempted, SampleValues.Fates, null)
        {
            Details = SampleValues.Details with { Duration = TimeSpan.FromSeconds(attempt) },
        });
        var written = Wire.QueueEventBatch.Parser.ParseFrom(Serializer.ToBinary(new QueueEventBatch([.. events])));
        var details = SampleValues.Details;
        HashSet<string> texts =
            ["mx1.example.org [192.0.2.1]", details.Address, details.Source, details.TlsVersion, details.TlsCipher];
        Assert.Equal(texts.Count, written.Texts.Names.Count);
        Assert.Equal(texts, written.Texts.Names.ToHashSet());
    }

    [Fact]
    public void An_event_of_an_unknown_kind_is_refused()
    {
        var batch = new Wire.QueueEventBatch { Events = { new Wire.QueueEvent() } };
        Assert.Throws<NewerFormatException>(() => Serializer.FromBinary(batch.ToByteArray(), "qev1"));
    }

    [Fact]
    public void An_unknown_end_of_an_attempt_is_refused()
    {
        var batch =
            new Wire.QueueEventBatch { Events = { new Wire.QueueEvent { AttemptEnded = new() { Result = (AttemptResult)99 } } } };
        Assert.Throws<NewerFormatException>(() => Serializer.FromBinary(batch.ToByteArray(), "qev1"));
    }

    [Fact]
    public void A_damaged_row_of_the_journal_is_told_from_one_of_a_newer_version()
    {
        var piece = new Wire.CheckpointPiece { Entries = { new Wire.CheckpointEntry { LastReply = 1 } } }.ToByteArray();
        var row = Assert.IsType<UnreadableRow>(Serializer.FromBinary(piece, "ckp1"));
        Assert.Equal(("ckp1", piece), (row.Manifest, row.Bytes));
        Assert.IsType<UnreadableRow>(Serializer.FromBinary([0xff, 0xff, 0xff], "qev1"));
    }
}
