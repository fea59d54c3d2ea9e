using Postfleet.Contracts.Messages;
using Postfleet.Testing.Formats;

namespace Postfleet.Contracts.Tests;

/// <summary>The formats of the messages between modules, which every actor system has.</summary>
public sealed class MessageFormatTests() : FormatContract(typeof(IProtocolMessage).Assembly, [], Samples.All, ProtocolGen.Messages);
