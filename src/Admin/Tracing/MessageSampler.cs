using System.Buffers.Binary;
using OpenTelemetry.Trace;

namespace Postfleet.Admin.Tracing;

/// <summary>
/// Chooses the traced messages by random bits of their ids, so all nodes choose the same messages. The samplers of the SDK read the first
/// bits of a trace id, which are the time in the id of a message.
/// </summary>
/// <param name="oneOf">One message in this number is traced.</param>
internal sealed class MessageSampler(int oneOf) : Sampler
{
    private const int RandomAt = 12;

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        Span<byte> trace = stackalloc byte[16];
        samplingParameters.TraceId.CopyTo(trace);
        var random = BinaryPrimitives.ReadUInt32BigEndian(trace[RandomAt..]);
        return new SamplingResult(random % (uint)oneOf == 0);
    }
}
