using BenchmarkDotNet.Attributes;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Benchmarks.Parsers;

/// <summary>The command lines of one message: the verbs of all lines, and the two lines with an address in full.</summary>
public class CommandBenchmarks
{
    private readonly byte[][] _dialogue =
    [
        .. new[] { "EHLO client.example.org", "MAIL FROM:<from@source.test> SIZE=4096", "RCPT TO:<someone@example.com>", "DATA", "QUIT" }
            .Select(line => System.Text.Encoding.ASCII.GetBytes(line)),
    ];

    private readonly byte[] _mail = [.. "FROM:<from@source.test> SIZE=4096 BODY=8BITMIME"u8];

    [Benchmark(OperationsPerInvoke = 5)]
    public int Verbs()
    {
        var sum = 0;
        foreach (var line in _dialogue) sum += (int)CommandParser.Parse(line, out var argument) + argument.Length;
        return sum;
    }

    [Benchmark]
    public bool MailWithParameters()
    {
        PathParser.Parse(_mail, "FROM:"u8, isLenient: false, out _, out var rest);
        return MailParameters.TryParse(rest, isLenient: false, out _, out _);
    }
}
