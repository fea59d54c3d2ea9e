using System.Threading.Channels;

namespace Postfleet.Node.Logging;

/// <summary>Writes lines to the output from one place, as many at a time as have gathered. Bounded: what does not fit is dropped, and said when there is room again.</summary>
internal sealed class LineWriter : IAsyncDisposable
{
    private const int Capacity = 65_536;
    private const int BatchBytes = 256 * 1024;

    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(5);

    private readonly Channel<byte[]> _lines = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly Stream _output;
    private readonly Func<long, byte[]> _describeDropped;
    private readonly TimeProvider _time;
    private readonly Task _writing;
    private long _dropped;

    public LineWriter(Stream output, TimeProvider time, Func<long, byte[]> describeDropped)
    {
        (_output, _time, _describeDropped) = (output, time, describeDropped);
        _writing = Task.Run(WriteAsync);
    }

    public void Write(byte[] line)
    {
        if (!_lines.Writer.TryWrite(line)) Interlocked.Increment(ref _dropped);
    }

    /// <summary>Writes what has gathered, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        // An output that nobody reads must not keep the process.
        await Task.WhenAny(_writing, Task.Delay(FlushTime, _time));
    }

    private async Task WriteAsync()
    {
        using var batch = new MemoryStream();
        while (await _lines.Reader.WaitToReadAsync())
        {
            while (batch.Length < BatchBytes && _lines.Reader.TryRead(out var line)) batch.Write(line);
            if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped) batch.Write(_describeDropped(dropped));
            try
            {
                await _output.WriteAsync(batch.GetBuffer().AsMemory(0, (int)batch.Length));
                await _output.FlushAsync();
            }
            catch (IOException)
            {
                // Nobody reads the output any more (a closed pipe): there is no place left to say so, and mail goes on.
            }

            batch.SetLength(0);
        }
    }
}
