global using Xunit;
global using Postfleet.Spool.Common;
