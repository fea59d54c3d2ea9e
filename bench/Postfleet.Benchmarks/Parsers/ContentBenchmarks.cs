using System.Buffers;
using System.IO.Pipelines;
using BenchmarkDotNet.Attributes;
using Postfleet.Benchmarks.Fixtures;
using Postfleet.Delivery.Smtp;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Benchmarks.Parsers;

/// <summary>The content of a message: decoded from DATA, and encoded for DATA.</summary>
public class ContentBenchmarks
{
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
    private ReadOnlySequence<byte> _content;
    private ReadOnlySequence<byte> _stuffed;

    [Params(4 * 1024, 100 * 1024)]
    public int Octets { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _content = new ReadOnlySequence<byte>(Mail.Content(Octets));
        _stuffed = new ReadOnlySequence<byte>([.. Mail.Content(Octets), .. ".\r\n"u8]);
    }

    [Benchmark]
    public object Unstuff()
    {
        var content = new ContentBuilder([]);
        var decoder = new DataDecoder(content, long.MaxValue, acceptsBareLf: false);
        decoder.Decode(_stuffed);
        return content.Build();
    }

    [Benchmark]
    public async Task<bool> Stuff()
    {
        var isSent = await DotStuffer.WriteAsync(OutgoingContent.Unchanged(_content), _pipe.Writer, FlushAsync, static () => true);
        return isSent;
    }

    // The peer reads everything at once.
    private async ValueTask<bool> FlushAsync()
    {
        await _pipe.Writer.FlushAsync();
        if (_pipe.Reader.TryRead(out var read)) _pipe.Reader.AdvanceTo(read.Buffer.End);
        return true;
    }
}
