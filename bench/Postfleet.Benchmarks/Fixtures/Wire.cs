using System.Buffers;
using System.IO.Pipelines;

namespace Postfleet.Benchmarks.Fixtures;

/// <summary>A connection in memory. All work runs inline on a single thread, without idle time.</summary>
internal sealed class Wire
{
    private static readonly PipeOptions Options = new(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 0,
        useSynchronizationContext: false);

    private readonly Pipe _there = new(Options);
    private readonly Pipe _back = new(Options);

    public Wire() => There = new Duplex(_there.Reader, _back.Writer);

    /// <summary>The measured end.</summary>
    public IDuplexPipe There { get; }

    public async ValueTask SayAsync(ReadOnlyMemory<byte> octets) => await _there.Writer.WriteAsync(octets);

    public ValueTask SayAsync(ReadOnlySpan<byte> octets)
    {
        _there.Writer.Write(octets);
        var flush = _there.Writer.FlushAsync();
        return flush.IsCompletedSuccessfully ? ValueTask.CompletedTask : new ValueTask(flush.AsTask());
    }

    /// <summary>Sends octets and waits for a number of replies.</summary>
    public async ValueTask AskAsync(ReadOnlyMemory<byte> octets, int replies)
    {
        if (octets.Length > 0) await SayAsync(octets);
        while (replies > 0)
        {
            var read = await _back.Reader.ReadAsync();
            if (read.IsCompleted && read.Buffer.IsEmpty) throw new InvalidOperationException("the other end has gone");
            replies -= TakeReplies(read.Buffer, out var taken);
            _back.Reader.AdvanceTo(taken, read.Buffer.End);
        }
    }

    /// <summary>Reads all input up to the given end.</summary>
    public ValueTask HearAsync(ReadOnlySpan<byte> end) => HearAsync(end.ToArray());

    private async ValueTask HearAsync(byte[] end)
    {
        while (true)
        {
            var read = await _back.Reader.ReadAsync();
            if (read.IsCompleted && read.Buffer.IsEmpty) throw new InvalidOperationException("the other end has gone");
            var isAll = EndsWith(read.Buffer, end);
            _back.Reader.AdvanceTo(isAll ? read.Buffer.End : read.Buffer.Start, read.Buffer.End);
            if (isAll) return;
        }
    }

    private static bool EndsWith(ReadOnlySequence<byte> octets, ReadOnlySpan<byte> end)
    {
        if (octets.Length < end.Length) return false;
        Span<byte> last = stackalloc byte[end.Length];
        octets.Slice(octets.Length - end.Length).CopyTo(last);
        return last.SequenceEqual(end);
    }

    private static int TakeReplies(ReadOnlySequence<byte> octets, out SequencePosition taken)
    {
        var reader = new SequenceReader<byte>(octets);
        var count = 0;
        while (reader.TryReadTo(out ReadOnlySpan<byte> line, (byte)'\n')) if (line[3] == ' ') count++;
        taken = reader.Position;
        return count;
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
