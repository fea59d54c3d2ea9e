using System.Buffers;
using BenchmarkDotNet.Attributes;
using Postfleet.Delivery.Smtp;

namespace Postfleet.Benchmarks.Parsers;

/// <summary>Replies of hosts: with a single line, and the reply to EHLO with many lines.</summary>
public class ReplyBenchmarks
{
    private readonly ReadOnlySequence<byte> _short = new([.. "250 2.0.0 Ok: queued as 4CdZ7f1x9Gz2k\r\n"u8]);

    private readonly ReadOnlySequence<byte> _long = new(
        [.. "250-mx.example.org at your service\r\n250-SIZE 35882577\r\n250-8BITMIME\r\n250-STARTTLS\r\n250-ENHANCEDSTATUSCODES\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n"u8]);

    [Benchmark]
    public object OneLine()
    {
        ReplyParser.Parse(_short, ReplyParser.AnyStray, out var reply, out _);
        return reply!.ToReply();
    }

    [Benchmark]
    public object? SevenLines()
    {
        ReplyParser.Parse(_long, ReplyParser.AnyStray, out var reply, out _);
        return reply;
    }
}
